// A result with many rows crosses threads in pieces, because receiving all of it at once would block the thread that verifies.

/** How many rows are received in one go: of a report, and of a page, whose rows may be large. That takes about half a millisecond. */
export const PIECE_ROWS = { list: 250, page: 25 }

/** A result without its first rows, and those rows in pieces. */
export interface Pieces {
  pieces: (readonly unknown[])[]
  result: unknown
}

/** Cuts a result into pieces; a result with few rows has none. */
export function inPieces(result: unknown): Pieces {
  const rows = rowsIn(result)
  const count = Array.isArray(result) ? PIECE_ROWS.list : PIECE_ROWS.page
  if (rows === null) return { pieces: [], result }
  const pieces: Pieces['pieces'] = []
  let from = 0
  for (; from + count < rows.length; from += count) pieces.push(rows.slice(from, from + count))
  return from === 0 ? { pieces, result } : { pieces, result: resultOf(result, rows.slice(from)) }
}

/** The result with the earlier rows in front of its own. */
export function withRows(result: unknown, before: readonly unknown[]): unknown {
  const last = rowsIn(result)
  if (before.length === 0 || last === null) return result
  return resultOf(result, before.concat(last))
}

function resultOf(result: unknown, rows: readonly unknown[]): unknown {
  return Array.isArray(result) ? rows : { ...(result as object), rows }
}

/** The rows of a result that may be long: a list, or a page of one. Null for any other result. */
function rowsIn(result: unknown): readonly unknown[] | null {
  if (Array.isArray(result)) return result
  const rows = typeof result === 'object' && result !== null && 'rows' in result ? result.rows : null
  return Array.isArray(rows) ? rows : null
}
