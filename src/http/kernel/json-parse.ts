import { MAX } from '../../core/ground/bounds.ts'
import { type JsonBounds, type ListPlace, scanJson } from './json-scan.ts'
import { parseText } from './json-texts.ts'
import { NamedEntries } from './named-entries.ts'
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
  if (list === null || bounds.list === undefined) return parseText(text)
  const whole = parseText(text.slice(0, start) + text.slice(end)) as Record<string, unknown[]>
  const items = whole[bounds.list.member] ?? []
  const reader = createItemReader(text, list, bounds.list.named)
  for (let first = 0, last = 0; first < list.itemEnds.length; first = last) {
    if (turns.isOver()) await turns.next()
    last = endOfPiece(list, first)
    items.push(...reader.read(first, last))
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

/** Reads the items of a list, a piece at a time and in their order. */
function createItemReader(text: string, list: ListPlace, named: string | undefined) {
  let next = 0

  /** The text of a piece, with a null in place of each object that the scan has read, and these objects. */
  function take(first: number, last: number) {
    const end = list.itemEnds[last - 1] ?? text.length
    const objects = []
    let from = startOfItem(list, first)
    let piece = ''
    for (let object = list.named[next]; object !== undefined && object.item < last; ) {
      piece += `${text.slice(from, object.start)}null`
      from = object.end
      objects.push(object)
      next += 1
      object = list.named[next]
    }
    return { piece: `[${piece}${text.slice(from, end)}]`, objects }
  }

  return {
    read(first: number, last: number): unknown[] {
      const { piece, objects } = take(first, last)
      const items = parseText(piece) as Record<string, unknown>[]
      // An empty item, as between two commas, would get lost between two pieces.
      if (items.length !== last - first) throw new RequestFault('body_malformed')
      for (const { item, entries } of objects) {
        const owner = items[item - first]
        if (owner !== undefined && named !== undefined) owner[named] = new NamedEntries(entries)
      }
      return items
    },
  }
}
