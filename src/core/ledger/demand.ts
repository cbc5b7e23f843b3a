import type { Instant } from '../ground/clock.ts'
import type { Caller } from '../ground/turns.ts'
import type { Allowed, BudgetLine } from '../money/budgets.ts'
import type { NanoUsd } from '../money/money.ts'
import type { LedgerEntry, LedgerOutcome } from './entries.ts'
import type { Refusal } from './room.ts'

/** Everybody whose limits a key's spending counts against: the key, its owner, its workspace. */
export type Chain = readonly Allowed[]

/** What became of a demand for room: it waits for the disk, or one limit refused it. */
export type Admission =
  | { admitted: true; budget: BudgetLine[]; durable: Promise<LedgerOutcome> }
  | (Refusal & { admitted: false })

/** What is asked of the limits of a chain, and by whose credential. */
export interface Demand {
  /** Null for what takes no more room than it has. */
  amount: NanoUsd | null
  /** In whose windows room is needed; now unless told otherwise. */
  windowsAt?: Instant
  entry: LedgerEntry
  caller: Caller | null
}
