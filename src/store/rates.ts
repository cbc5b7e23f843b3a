import type { KeyId } from '../core/types.ts'
import type { StoredRate } from '../core/verify/rates.ts'

/** The state of rate limits that outlive a process. Every sentence is an obligation that the conformance suite tests. */
export interface RateStore {
  /** The stored limits of one key, in no order; none for a key without any. */
  readRates(keyId: KeyId): Promise<StoredRate[]>

  /** Writes each state in place of what is stored under its key and name. Of two of one name in a call the last counts. */
  writeRates(rates: readonly StoredRate[]): Promise<void>

  /** Deletes states that were whole at the instant, at most `limit`; returns how many. */
  forgetRates(wholeAt: number, limit: number): Promise<number>
}
