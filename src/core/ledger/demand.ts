import type { Instant } from '../ground/clock.ts'
import type { Caller } from '../ground/turns.ts'
import type { Allowed, BudgetLine } from '../money/budgets.ts'
import type { NanoUsd } from '../money/money.ts'
import type { Threshold } from '../money/thresholds.ts'
import type { LedgerEntry } from './entries.ts'
import type { Refusal } from './room.ts'

/** Everybody whose limits a key's spending counts against: the key, its owner, its workspace. */
export type Chain = readonly Allowed[]

/**
 * What became of a demand for room. `written`: it has the room and is on disk. `duplicate`: it was written before, or what it changes
 * is not as it says. `again`: what it was asked from has changed meanwhile, so it is to be asked anew.
 */
export type Admission =
  | Written
  | { outcome: 'duplicate' }
  | ({ outcome: 'no_room' } & Refusal)
  | { outcome: 'again' }

/** Where every limit stands with what was written, and which thresholds that took one of them across. */
export interface Written {
  outcome: 'written'
  budget: BudgetLine[]
  crossed: Threshold[]
}

/** What is asked of the limits of a chain, and by whose credential. */
export interface Demand {
  /** Null for what takes no more room than it has. */
  amount: NanoUsd | null
  /** In whose windows room is needed; now unless told otherwise. */
  windowsAt?: Instant
  entry: LedgerEntry
  caller: Caller | null
}
