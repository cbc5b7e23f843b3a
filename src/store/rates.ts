import type { KeyId } from '../core/types.ts'
import type { StoredRate } from '../core/verify/rates.ts'

/** The state of rate limits that survive a restart. Every sentence is an obligation that the conformance suite tests. */
export interface RateStore {
  /** The stored limits of one key, in no order; none for a key without any. */
  readRates(keyId: KeyId): Promise<StoredRate[]>

  /** Writes each state in place of the stored one of its key and name. Of two states with one name in a call the last counts. */
  writeRates(rates: readonly StoredRate[]): Promise<void>

  /** Deletes states without used units at the instant, at most `limit`; returns how many. */
  forgetRates(wholeAt: number, limit: number): Promise<number>
}
