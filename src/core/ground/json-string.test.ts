import { expect, test } from 'bun:test'
import fc from 'fast-check'
import { decodeJsonString } from './json-string.ts'

function parsed(written: string): string | null {
  try {
    return JSON.parse(`"${written}"`)
  } catch {
    return null
  }
}

test('a JSON string has the text that JSON.parse gives it, and a wrong escape is noticed', () => {
  const sign = fc.constantFrom(
    '\\',
    '"',
    '/',
    'b',
    'f',
    'n',
    'r',
    't',
    'u',
    '0',
    '9',
    'a',
    'F',
    'é',
    '😀',
    ' ',
    'x',
  )
  const written = fc.oneof(
    fc.array(sign, { maxLength: 12 }).map((signs) => signs.join('')),
    fc.string({ unit: 'binary', maxLength: 8 }).map((text) => JSON.stringify(text).slice(1, -1)),
  )
  let wrong = 0
  fc.assert(
    fc.property(written, (text) => {
      // The scan of a body ends a string at its first quote, and refuses control characters.
      if (/(^|[^\\])(\\\\)*"/.test(text) || /(^|[^\\])(\\\\)*\\$/.test(text)) return
      if (parsed(text) === null) wrong += 1
      expect(decodeJsonString(text)).toBe(parsed(text))
    }),
    { numRuns: 2_000 },
  )
  process.stdout.write(`texts with wrong escapes: ${wrong}\n`)
  expect(wrong).toBeGreaterThan(50)
})
