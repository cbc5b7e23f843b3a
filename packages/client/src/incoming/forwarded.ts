// RFC 7239: pairs joined by semicolons, each a token and a token or a quoted text. Colons and brackets in plain tokens are lenient.
const PAIR =
  /[ \t]*([!#$%&'*+.^_`|~0-9A-Za-z-]+)=(?:([!#$%&'*+.^_`|~0-9A-Za-z:[\]-]*)|"((?:[^"\\]|\\.)*)")[ \t]*(?:;|$)/y

// Proxies write short elements; the bound keeps the search for the beginning of one short.
const ELEMENT_CHARS = 512

/**
 * The `for` node of each element of a `Forwarded` header, from the last to the first, so that the elements that a proxy has appended are
 * read whatever a client put in front of them. An element that cannot be read is an empty text, and ends the list.
 */
export function forwardedNodes(value: string): string[] {
  const nodes: string[] = []
  for (let end = value.length; end > 0; ) {
    const element = lastElement(value.slice(0, end))
    if (!element) return [...nodes, '']
    if (element.node !== null) nodes.push(element.node)
    end = element.start - 1
  }
  return nodes
}

/** Looks for the nearest comma behind which an element stands: one within a quoted text leaves a quote that never opened. */
function lastElement(value: string): { start: number; node: string | null } | undefined {
  for (let start = value.length; value.length - start <= ELEMENT_CHARS; start -= 1) {
    start = start === 0 ? 0 : value.lastIndexOf(',', start - 1) + 1
    const node = nodeOf(value.slice(start))
    if (node !== undefined) return { start, node }
    if (start === 0) return undefined
  }
  return undefined
}

/** The node of one element, empty when it has none; null for an empty element, undefined for an invalid one. */
function nodeOf(element: string): string | null | undefined {
  if (element.trim() === '') return null
  let node = ''
  for (PAIR.lastIndex = 0; PAIR.lastIndex < element.length; ) {
    const match = PAIR.exec(element)
    if (!match) return undefined
    const [, name = '', token, quoted = ''] = match
    if (name.toLowerCase() === 'for') node = token ?? quoted.replaceAll(/\\(.)/g, '$1')
  }
  return node
}
