// Paths that two programs can read differently. A gateway, Latchkey and the service behind them must see the same path, else a request
// is judged by one and served by another. So an ambiguous path is refused as no path.

const VISIBLE = /^\/[\x21-\x7e]*$/
// Characters at which some programs decode or cut, a percent sign that some decode twice, and control characters.
const AMBIGUOUS = /[/\\;?#\p{Cc}]|%[0-9a-f]{2}/iu
const SEGMENTS_MAX = 256

/** One segment of a path: decoded, and as a program sees it that ignores letter case and compatible characters. */
export interface Segment {
  exact: string
  folded: string
}

/**
 * The segments of a path as the client sent it, without the query. A slash at the end does not count. Null for a path that programs
 * read differently: with empty or dot segments, encoded slashes, backslashes, `;`, double encoding, invalid UTF-8, or dots or spaces
 * at the end of a segment.
 */
export function segmentsOf(target: string): Segment[] | null {
  const [path = ''] = target.split('?', 1)
  if (!VISIBLE.test(path) || path.includes('#')) return null
  const parts = path.slice(1).split('/')
  if (parts.at(-1) === '') parts.pop()
  if (parts.length > SEGMENTS_MAX) return null
  const segments = parts.map(segmentOf)
  return segments.every((segment) => segment !== null) ? segments : null
}

/** Folding takes time that grows with the square of the combining marks in a segment, so a longer one is refused unless it has only ASCII. */
const FOLDED_MAX = 255
const ASCII = /^[\x21-\x7e]*$/

function segmentOf(part: string): Segment | null {
  const exact = decoded(part)
  if (exact === null || exact === '') return null
  if (exact.length > FOLDED_MAX && !ASCII.test(exact)) return null
  const folded = exact.normalize('NFKC').toLowerCase()
  const isAmbiguous = [exact, folded].some((text) => AMBIGUOUS.test(text) || /[.\s]$/.test(text))
  return isAmbiguous ? null : { exact, folded }
}

function decoded(part: string): string | null {
  try {
    return decodeURIComponent(part)
  } catch {
    return null
  }
}
