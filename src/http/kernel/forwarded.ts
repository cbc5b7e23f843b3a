// RFC 7239 §4: pairs joined by semicolons; a pair is a token and either a token or a quoted text. We accept colons and brackets in
// plain tokens, too.
const PAIR =
  /[ \t]*([!#$%&'*+.^_`|~0-9A-Za-z-]+)=(?:([!#$%&'*+.^_`|~0-9A-Za-z:[\]-]*)|"((?:[^"\\]|\\.)*)")[ \t]*(?:;|$)/y

// Proxies write short elements. The bound limits the search for the beginning of one.
const ELEMENT_CHARS_MAX = 512

/**
 * The `for` node of each element of a `Forwarded` header, from the last to the first. The elements that a proxy appended are read
 * correctly whatever a client wrote before them, for example an open quote. An element without a node is an empty text; so is an
 * unreadable one, and the reading ends there.
 */
export function* forwardedNodes(value: string): Generator<string, void, void> {
  for (let end = value.length; end > 0; ) {
    const element = lastElement(value.slice(0, end))
    if (element === null) return yield ''
    if (element.node !== null) yield element.node
    end = element.start - 1
  }
}

/**
 * Finds the last element: the text after the nearest comma that forms one. After a comma within a quoted text the quotes do not match,
 * so that text forms none.
 */
function lastElement(value: string): { start: number; node: string | null } | null {
  for (let start = value.length; value.length - start <= ELEMENT_CHARS_MAX; ) {
    // At the start nothing is left to search. A search from there would find a comma in the first place again and again.
    start = start === 0 ? 0 : value.lastIndexOf(',', start - 1) + 1
    const node = nodeOf(value.slice(start))
    if (node !== undefined) return { start, node }
    if (start === 0) return null
    start -= 1
  }
  return null
}

/** The node of one element; empty when the element has none. Null for an empty element, undefined for a text that is no element. */
function nodeOf(element: string): string | null | undefined {
  if (element.trim() === '') return null
  let node = ''
  for (PAIR.lastIndex = 0; PAIR.lastIndex < element.length; ) {
    const match = PAIR.exec(element)
    if (match === null) return undefined
    const [, name = '', token, quoted = ''] = match
    if (name.toLowerCase() === 'for') node = token ?? quoted.replaceAll(/\\(.)/g, '$1')
  }
  return node
}
