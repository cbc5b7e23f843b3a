import { decodeJsonString } from '../../core/ground/json-string.ts'
import { RequestFault } from './request-faults.ts'

/** The text of a JSON string, which is given without its quotes. Throws `body_malformed` for an escape that JSON does not have. */
export function decodeString(written: string): string {
  const text = decodeJsonString(written)
  if (text === null) throw new RequestFault('body_malformed')
  return text
}

/**
 * An object of a body, as its entries in their order: a name may stand in several, of which the last counts. A class of its own, because a
 * caller may send a list of pairs, too.
 */
export class NamedEntries {
  readonly entries: readonly [string, unknown][]

  constructor(entries: readonly [string, unknown][]) {
    this.entries = entries
  }
}

/** True for a part of a text that has nothing but the white space of JSON. */
export function isSpace(text: string, from: number, to: number): boolean {
  for (let at = from; at < to; at += 1) if (!SPACES.has(text.charCodeAt(at))) return false
  return true
}

const SPACES = new Set([0x20, 0x09, 0x0a, 0x0d])
