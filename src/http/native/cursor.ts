import { createHash } from 'node:crypto'
import { MAX } from '../../core/ground/bounds.ts'
import type { Cursor } from '../../core/ground/page.ts'
import { requestFault } from '../kernel/places.ts'
import { isUuid } from './keys/key-ref.ts'

/** The list of a cursor, with its order and its filters. The page size may change from page to page. */
export type ListedQuery = Record<string, unknown>

/** The opaque text by which a client asks for the next page; null after the last. */
export function encodeCursor(next: Cursor | null, query: ListedQuery): string | null {
  if (next === null) return null
  const place = JSON.stringify([next.value, next.id])
  return Buffer.from(`${sealOf(place, query)}${place}`).toString('base64url')
}

/**
 * The place that a cursor stands for. Throws `input_invalid` for a text that was not made for this list, order and filter. The seal
 * detects mistakes, not forgery: a cursor grants nothing.
 */
export function decodeCursor(text: string, query: ListedQuery): Cursor {
  const decoded = text.length > MAX.cursorChars ? '' : Buffer.from(text, 'base64url').toString()
  const place = decoded.slice(SEAL_CHARS)
  const cursor = decoded.slice(0, SEAL_CHARS) === sealOf(place, query) ? parsePlace(place) : null
  if (cursor === null) {
    const message = 'This cursor does not belong to this list with these filters.'
    throw requestFault('query:cursor', message)
  }
  return cursor
}

const SEAL_CHARS = 12
const INTEGER = /^-?\d{1,19}$/
/** A crossing of a threshold has no id of its own; its place distinguishes it from others. */
const OF_CROSSING = /^(key|user|workspace) [0-9a-f-]{36} [a-z]{5,7} \d{1,15} \d{2,3}$/

function sealOf(place: string, query: ListedQuery): string {
  return createHash('sha256')
    .update(`${JSON.stringify(query)}\n${place}`)
    .digest('base64url')
    .slice(0, SEAL_CHARS)
}

function parsePlace(place: string): Cursor | null {
  try {
    const [value, id] = JSON.parse(place) as [unknown, unknown]
    const fits = typeof value === 'string' ? INTEGER.test(value) : Number.isSafeInteger(value)
    return fits && typeof id === 'string' && (isUuid(id) || OF_CROSSING.test(id))
      ? { value: value as Cursor['value'], id }
      : null
  } catch {
    // A forged text that is no JSON is no cursor either.
    return null
  }
}
