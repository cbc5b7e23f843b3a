import { MAX } from '../../core/ground/bounds.ts'
import { type JsonBounds, type ListPlace, scanJson } from './json-scan.ts'
import { RequestFault } from './request-faults.ts'
import type { Turns } from './turns.ts'

/** The longest text that is parsed in one go: as long as the body of any single record may be. */
const RECORD_CHARS = MAX.smallBodyBytes

/**
 * Parses a JSON text within bounds. When the bounds name a list and the text holds it, the text is parsed in pieces, and other callers
 * get their turn between two pieces: first everything but the items, then the items. Throws `body_malformed`, `input_invalid`, and
 * `body_too_large` where an item, or all that is outside the list, is longer than a single record may be.
 */
export async function parseJson(text: string, bounds: JsonBounds, turns: Turns): Promise<unknown> {
  const list = await scanJson(text, bounds, turns)
  const start = list?.start ?? text.length
  const end = list?.end ?? text.length
  if (text.length - (end - start) > RECORD_CHARS) throw new RequestFault('body_too_large')
  if (list === null || bounds.list === undefined) return parse(text)
  const whole = parse(text.slice(0, start) + text.slice(end)) as Record<string, unknown[]>
  const items = whole[bounds.list.member] ?? []
  for (let first = 0, last = 0; first < list.itemEnds.length; first = last) {
    if (turns.isOver()) await turns.next()
    last = endOfPiece(list, first)
    items.push(...parseItems(text, list, { first, last }))
  }
  return whole
}

const PIECE_ITEMS = 16
const PIECE_CHARS = 16 * 1_024

/** The index after the last item of the piece that begins with this one: a piece has few items, and is short unless it has only one. */
function endOfPiece(list: ListPlace, first: number): number {
  const from = startOfItem(list, first)
  if ((list.itemEnds[first] ?? from) - from > RECORD_CHARS) throw new RequestFault('body_too_large')
  let last = first + 1
  while (
    last < first + PIECE_ITEMS &&
    (list.itemEnds[last] ?? Number.POSITIVE_INFINITY) - from <= PIECE_CHARS
  )
    last += 1
  return last
}

function startOfItem({ start, itemEnds }: ListPlace, index: number): number {
  return index === 0 ? start : (itemEnds[index - 1] ?? 0) + 1
}

function parseItems(
  text: string,
  list: ListPlace,
  { first, last }: { first: number; last: number },
): unknown[] {
  const items = parse(`[${text.slice(startOfItem(list, first), list.itemEnds[last - 1])}]`) as unknown[]
  // An empty item, as between two commas, would get lost between two pieces.
  if (items.length !== last - first) throw new RequestFault('body_malformed')
  return items
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    throw new RequestFault('body_malformed', {}, { cause: error })
  }
}
