// Tests: src/config/wrapped-settings.test.ts
/** Characters around a value that are most likely a mistake and would silently become a part of it; null when there are none. */
export function wrappingOf(text: string): string | null {
  if (BLANK_END.test(text))
    return 'begins or ends with white space, which would be part of its value. Remove it.'
  if (LINE_END.test(text)) return 'has a line end or a control character in it. Give one line without any.'
  const [first = ''] = text
  if (text.length > 1 && QUOTE_END.test(first) && text.endsWith(first))
    return 'is in quotes, which would be part of its value. Remove them.'
  return QUOTE_END.test(text)
    ? 'begins or ends with a quote, which would be part of its value. Remove it.'
    : null
}

// Invisible blanks are blanks, too.
const BLANK_END = /^[\s\u200b-\u200f\u2060\ufeff]|[\s\u200b-\u200f\u2060\ufeff]$/
const QUOTE_END = /^["'`\u2018\u2019\u201c\u201d]|["'`\u2018\u2019\u201c\u201d]$/
// A URL would be read without them, and a path with them. U+0000 cannot be part of a path in any case.
const LINE_END = /(?!\0)[\p{Cc}\u2028\u2029]/u
