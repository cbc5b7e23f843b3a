import type { Instant } from '../ground/clock.ts'
import type { Caller } from '../ground/turns.ts'
import type { Allowed, BudgetLine } from '../money/budgets.ts'
import type { NanoUsd } from '../money/money.ts'
import type { Threshold } from '../money/thresholds.ts'
import type { LedgerEntry } from './entries.ts'
import type { Refusal } from './room.ts'

/** The accounts whose limits a key's spending counts against: the key, its owner, its workspace. */
export type Chain = readonly Allowed[]

/**
 * The result of a demand for room. `written`: it has the room and is on disk. `duplicate`: it was written before, or the record that it
 * changes is not in the stated condition. `again`: its facts have changed meanwhile, so it must be made again.
 */
export type Admission =
  | Written
  | { outcome: 'duplicate' }
  | ({ outcome: 'no_room' } & Refusal)
  | { outcome: 'again' }

/** Every limit after the write, and the thresholds that the write crossed. */
export interface Written {
  outcome: 'written'
  budget: BudgetLine[]
  crossed: Threshold[]
}

/** A request for room within the limits of a chain, and the credential that makes it. */
export interface Demand {
  /** Null for an entry that needs no additional room. */
  amount: NanoUsd | null
  /** The instant in whose windows room is needed; now when absent. */
  windowsAt?: Instant
  entry: LedgerEntry
  caller: Caller | null
  /**
   * Whether it may still be made, asked in the turn of the event loop in which its commit decides it: that may be seconds later. The outcome
   * is `again` when not. It always may when absent.
   */
  stands?: () => boolean
}
