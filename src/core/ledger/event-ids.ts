// Tests: test/wire/native/usage.test.ts
import { CORRECTION_EVENT_PREFIX } from './correcting.ts'
import { SETTLEMENT_EVENT_PREFIX } from './expiry.ts'

/** The error in an event's id that its reporter chose: it begins with a prefix that the ledger itself uses. Null when there is none. */
export function beginsAsOurs(id: string): string | null {
  const prefix = [SETTLEMENT_EVENT_PREFIX, CORRECTION_EVENT_PREFIX].find((ours) => id.startsWith(ours))
  return prefix === undefined ? null : `Must not begin with "${prefix}".`
}
