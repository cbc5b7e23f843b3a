import { type JsonBounds, type ListPlace, scanJson } from './json-scan.ts'
import { RequestFault } from './request-faults.ts'
import type { Turns } from './turns.ts'

/**
 * Parses a JSON text within bounds. When the bounds name a list and the text holds it, the text is parsed in pieces, and other callers
 * get their turn between two pieces: first everything but the items, then the items. Throws `body_malformed` and `input_invalid`.
 */
export async function parseJson(text: string, bounds: JsonBounds, turns: Turns): Promise<unknown> {
  const list = await scanJson(text, bounds, turns)
  if (list === null || bounds.list === undefined) return parse(text)
  const whole = parse(text.slice(0, list.start) + text.slice(list.end)) as Record<string, unknown[]>
  const items = whole[bounds.list.member] ?? []
  for (let first = 0; first < list.itemEnds.length; first += PIECE_ITEMS) {
    if (turns.isOver()) await turns.next()
    items.push(...parseItems(text, list, first))
  }
  return whole
}

const PIECE_ITEMS = 16

function parseItems(text: string, { start, itemEnds }: ListPlace, first: number): unknown[] {
  const ends = itemEnds.slice(first, first + PIECE_ITEMS)
  const from = first === 0 ? start : (itemEnds[first - 1] ?? 0) + 1
  const items = parse(`[${text.slice(from, ends.at(-1))}]`) as unknown[]
  // An empty item, as between two commas, would get lost between two pieces.
  if (items.length !== ends.length) throw new RequestFault('body_malformed')
  return items
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    throw new RequestFault('body_malformed', {}, { cause: error })
  }
}
