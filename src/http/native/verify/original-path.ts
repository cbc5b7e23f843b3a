// What a path could be read as in two ways by two programs. A gateway, Latchkey and the service behind must see the same path, or a
// request is judged as one and served as another. So whatever is ambiguous is no path at all.

const VISIBLE = /^\/[\x21-\x7e]*$/
// Separators that some programs decode or cut at, an encoded percent sign that some decode twice, and control characters.
const AMBIGUOUS = /[/\\;?#\p{Cc}]|%[0-9a-f]{2}/iu
const SEGMENTS_MAX = 256

/** One segment of a path, decoded, and as programs see it that do not tell letter cases and compatible signs apart. */
export interface Segment {
  exact: string
  folded: string
}

/**
 * The segments of a path as the client sent it, up to the query. A slash at the end counts for nothing. Null for a path that programs
 * read differently: empty and dot segments, encoded slashes, backslashes, `;`, double encoding, what is not UTF-8, dots or spaces at
 * the end of a segment.
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

function segmentOf(part: string): Segment | null {
  const exact = decoded(part)
  if (exact === null || exact === '') return null
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
