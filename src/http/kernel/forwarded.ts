// RFC 7239 §4: pairs joined by semicolons, each a token and a token or a quoted text. Colons and brackets in plain tokens are lenient.
const PAIR =
  /[ \t]*([!#$%&'*+.^_`|~0-9A-Za-z-]+)=(?:([!#$%&'*+.^_`|~0-9A-Za-z:[\]-]*)|"((?:[^"\\]|\\.)*)")[ \t]*(?:;|$)/y

// Proxies write short elements; the bound keeps the search for the beginning of one short.
const ELEMENT_CHARS_MAX = 512

/**
 * The `for` node of each element of a `Forwarded` header, from the last to the first: what a proxy has appended is read
 * whatever a client has put in front of it, an open quote for example. An element without a node, and what cannot be read,
 * is an empty text, after which nothing comes.
 */
export function* forwardedNodes(value: string): Generator<string, void, void> {
  for (let end = value.length; end > 0; ) {
    const element = lastElement(value.slice(0, end))
    if (element === null) return yield ''
    if (element.node !== null) yield element.node
    end = element.start - 1
  }
}

/** Looks for the nearest comma behind which an element stands: one within a quoted text leaves a quote that never opened. */
function lastElement(value: string): { start: number; node: string | null } | null {
  for (let start = value.length; value.length - start <= ELEMENT_CHARS_MAX; ) {
    // Before the first sign nothing is left to look for; a search from there would find a comma that stands first, for ever.
    start = start === 0 ? 0 : value.lastIndexOf(',', start - 1) + 1
    const node = nodeOf(value.slice(start))
    if (node !== undefined) return { start, node }
    if (start === 0) return null
    start -= 1
  }
  return null
}

/** The node of one element, empty when it has none; null for an empty element, undefined for what is no element. */
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
