import type { User, Workspace } from '../types.ts'
import type { KeyFacts } from './key-facts.ts'

// The measured bytes that the engine takes for each kind of value; facts-bytes.test.ts compares them with the heap.
const ENTRY_BYTES = 700
const TEXT_BYTES = 24
const LIST_BYTES = 48
const ITEM_BYTES = 8
const RECORD_BYTES = 32
const MEMBER_BYTES = 8

/** The approximate memory of a secret's facts, without the owner and the workspace, which others share. */
export function factsBytes({ key }: Pick<KeyFacts, 'key'>): number {
  // The table of the addresses is smaller than their texts.
  const addresses = sizeOf(key.allowedIps)
  // The member names of all other records are fixed, and the engine stores them once.
  const labels = sizeOf(Object.keys(key.labels))
  return ENTRY_BYTES + addresses + labels + sizeOf(key)
}

/** The approximate memory of one record. */
export function bytesOf(record: User | Workspace): number {
  return sizeOf(record)
}

function sizeOf(value: unknown): number {
  if (typeof value === 'string') return TEXT_BYTES + (isWide(value) ? 2 : 1) * value.length
  if (typeof value !== 'object' || value === null) return ITEM_BYTES
  if (Array.isArray(value)) {
    return value.reduce((sum: number, item) => sum + ITEM_BYTES + sizeOf(item), LIST_BYTES)
  }
  let size = RECORD_BYTES
  for (const member of Object.values(value)) size += MEMBER_BYTES + sizeOf(member)
  return size
}

/** Whether a character needs two bytes. */
function isWide(text: string): boolean {
  return /[\u0100-\uffff]/.test(text)
}
