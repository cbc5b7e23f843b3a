import type { CallersSignIn } from '../access/browser-session.ts'
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

/** What must still be true when a commit decides: that may be seconds after the call was judged. The outcome is `again` when it is not. */
export interface Conditions {
  /** Whether the call may still be made, asked in the turn of the event loop in which its commit decides. It always may when absent. */
  stands?: (() => boolean) | undefined
  /** The sign-in of the browser that makes the call, which must not have ended; absent for a call with a credential. */
  signIn?: CallersSignIn | undefined
}

/** A request for room within the limits of a chain, and the credential that makes it. */
export interface Demand extends Conditions {
  /** Null for an entry that needs no additional room. */
  amount: NanoUsd | null
  /** The instant in whose windows room is needed; now when absent. */
  windowsAt?: Instant
  entry: LedgerEntry
  caller: Caller | null
}
