import { decodeJsonString } from '../../core/ground/json-string.ts'
import { RequestFault } from './request-faults.ts'

/** The text of a JSON string, which is given without its quotes. Throws `body_malformed` for an escape that JSON does not have. */
export function decodeString(written: string): string {
  const text = decodeJsonString(written)
  if (text === null) throw new RequestFault('body_malformed')
  return text
}

/** Parses a JSON text. Throws `body_malformed`. */
export function parseText(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    throw new RequestFault('body_malformed', {}, { cause: error })
  }
}

/** True for a part of a text that has nothing but the white space of JSON. */
export function isSpace(text: string, from: number, to: number): boolean {
  for (let at = from; at < to; at += 1) if (!SPACES.has(text.charCodeAt(at))) return false
  return true
}

const SPACES = new Set([0x20, 0x09, 0x0a, 0x0d])
