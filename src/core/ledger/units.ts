// Tests: src/core/ledger/ledger.test.ts
import { Fault } from '../ground/faults.ts'
import type { Caller } from '../ground/turns.ts'
import type { KeyId, UserId } from '../types.ts'
import { accountsOf } from './account.ts'
import { correctionEvent } from './correcting.ts'
import type { Admission, Chain, Conditions, Demand } from './demand.ts'
import type { AccountId, LedgerEntry, LedgerOutcome, Payer, UsageEvent } from './entries.ts'
import { metaCount } from './meta.ts'

/** Entries of one key that are written together. */
export interface Unit {
  keyId: KeyId
  entries: readonly LedgerEntry[]
  /** The caller whose turn it takes; null for the server itself. */
  caller: Caller | null
  /** The approximate number of rows that it writes. */
  weight: number
  /** The three accounts in which it counts. */
  accounts: readonly AccountId[]
  /** The demand that must be admitted before the entry is written; null for an entry that is written whatever the limits say. */
  demand: Demanded | null
  /** What must still be true when its commit decides. */
  conditions: Conditions
  written: PromiseWithResolvers<LedgerOutcome[]>
}

/** A demand for room that waits to be decided. */
export interface Demanded extends Pick<Demand, 'amount' | 'windowsAt'> {
  chain: Chain
  /** The decision, once the entry is judged. */
  decided: Admission | Fault | null
}

/** A unit of entries that have one payer, ready to be queued. */
export function unitOf(
  entries: readonly LedgerEntry[],
  caller: Caller | null,
  { demand = null, conditions = {} }: Partial<Pick<Unit, 'demand' | 'conditions'>> = {},
): Unit {
  const [first] = entries
  if (first === undefined) throw new Fault('internal', { internal: 'nothing to write' })
  const payer = payerOf(first)
  return {
    keyId: payer.keyId,
    entries,
    caller,
    weight: entries.reduce((sum, entry) => sum + weightOf(entry), 0),
    accounts: accountsOf(payer),
    demand,
    conditions,
    written: Promise.withResolvers(),
  }
}

/** The records by which a unit is judged: its accounts, and the caller's key and user. None for what the server itself writes. */
export function recordsOf({ accounts, caller }: Pick<Unit, 'accounts' | 'caller'>): AccountId[] {
  if (caller === null) return []
  const key = { kind: 'key', id: caller.keyId as KeyId } as const
  return [...accounts, key, { kind: 'user', id: caller.userId as UserId }]
}

/** The maximum weight of a unit of several entries: some twenty-five plain events. */
const UNIT_ROWS = 400

// With the indexes of a reservation.
const OWN_ROWS = { event: 0, hold: 4, extension: 2, correction: 8, resolution: 2 } as const satisfies Record<
  LedgerEntry['kind'],
  number
>
// An event's rows: itself, its key's total, four windows of its key and five of each account above it.
const EVENT_ROWS = 16
/** Accounts that have a row for each metadata name of an event. */
const ACCOUNTS = 3

/** How many usage events there are, and how many metadata names they have together. */
export interface EventCounts {
  events: number
  metaEntries: number
}

/** The approximate number of rows that usage events write. */
export function rowsOf({ events, metaEntries }: EventCounts): number {
  return events * EVENT_ROWS + ACCOUNTS * metaEntries
}

/** The approximate number of rows that an entry writes: its cost for the others in the same commit. */
export function weightOf(entry: LedgerEntry): number {
  const event = entryEvent(entry)
  const own = OWN_ROWS[entry.kind]
  return event === undefined ? own : own + rowsOf({ events: 1, metaEntries: metaCount(event.meta) })
}

/** The usage event that an entry records, if any. */
export function entryEvent(entry: LedgerEntry): UsageEvent | undefined {
  if (entry.kind === 'correction') return correctionEvent(entry.correction)
  return entry.kind === 'event' || entry.kind === 'resolution' ? entry.event : undefined
}

/** The key that pays for an entry, and the accounts above it. */
export function payerOf(entry: LedgerEntry): Payer {
  switch (entry.kind) {
    case 'event':
      return entry.event
    case 'hold':
      return entry.reservation
    case 'extension':
      return entry.extension
    case 'correction':
      return entry.correction
    case 'resolution':
      return entry.resolution
  }
}

/** Some entries of a call, with their places in it. */
export interface Piece {
  entries: LedgerEntry[]
  places: number[]
}

/**
 * Splits the entries of one call into pieces that may be written separately. Each has one key, so that none waits for another key's rows,
 * and none is so heavy that others would wait long for it. The entries of a key keep their order.
 */
export function piecesOf(entries: readonly LedgerEntry[]): Piece[] {
  const pieces: Piece[] = []
  const open = new Map<KeyId, Piece & { weight: number }>()
  for (const [place, entry] of entries.entries()) {
    const { keyId } = payerOf(entry)
    const weight = weightOf(entry)
    let piece = open.get(keyId)
    if (piece === undefined || piece.weight + weight > UNIT_ROWS) {
      piece = { entries: [], places: [], weight: 0 }
      open.set(keyId, piece)
      pieces.push(piece)
    }
    piece.entries.push(entry)
    piece.places.push(place)
    piece.weight += weight
  }
  return pieces
}
