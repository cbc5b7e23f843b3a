// Tests: test/wire/native/verifications.test.ts
import type { KeyStore } from '../../store/keys.ts'
import type { MemberStore } from '../../store/members.ts'
import type { VerificationStore } from '../../store/verifications.ts'
import { callerOf, requireAbility } from '../access/abilities.ts'
import type { Call } from '../access/audit.ts'
import { MAX } from '../ground/bounds.ts'
import { type Clock, DAY_MS, HOUR_MS, type Instant } from '../ground/clock.ts'
import { inputFault } from '../ground/faults.ts'
import { reachedKey } from '../keys/change-key.ts'
import type { KeyRef } from '../keys/queries.ts'
import { memberOf, readerOf } from '../people/membership.ts'
import type { Key } from '../types.ts'
import type {
  CountedInterval,
  FailingKey,
  KeyRefusal,
  KeyRisks,
  SecretUse,
  VerdictCounts,
} from './outcome-records.ts'
import type { WithoutWrites } from './record-writes.ts'

/** The verdicts on a key by hour or day, the reasons of its refusals, and the uses of its secrets. */
export interface KeyHistory {
  key: Key
  intervals: CountedInterval[]
  /** Newest first; equal refusals are one entry. */
  refusals: KeyRefusal[]
  /** The secrets that have been used; those that still work are among the key's own. */
  uses: SecretUse[]
}

/** The verdicts on all keys that the caller sees. */
export interface VerifyHistory {
  intervals: CountedInterval[]
  /** The keys with the most refusals within the last 24 hours of the requested time, most first. */
  failing: FailingKey[]
}

/** The requested time and interval. */
export interface HistoryQuery {
  from: Instant
  to: Instant
  interval: 'hour' | 'day'
}

/** The history of verifies, and the keys at risk. */
export interface History {
  ofKey(call: Call, ref: KeyRef, query: HistoryQuery): Promise<KeyHistory>
  ofAll(call: Call, query: HistoryQuery): Promise<VerifyHistory>
  risks(call: Call): Promise<KeyRisks>
  /** Deletes some of the rows past their retention and returns their number. */
  purge(): Promise<number>
}

/** A key counts as unused when nobody has used it for this long, and it is at least as old. */
const UNUSED_MS = 90 * DAY_MS

/** A key expires soon when it does within this time. */
export const SOON_MS = 7 * DAY_MS

/** Builds the reports of verifies. */
export function createHistory({
  store,
  clock,
}: {
  store: WithoutWrites<VerificationStore & KeyStore & MemberStore>
  clock: Clock
}): History {
  return {
    async ofKey(call, ref, query) {
      const bounds = boundsOf(query)
      const at = clock.now()
      const key = await reachedKey(store, call, { ref, at, ability: 'DISPLAY_APIKEY', telling: {} })
      const asked = { keyId: key.id, ...bounds, ...readerOf(call.principal) }
      const found = await store.outcomesOfKey(asked, callerOf(call.principal))
      return { key, ...found, intervals: inIntervals(found.hours, query) }
    },

    async ofAll(call, query) {
      const bounds = boundsOf(query)
      const isOwn = requireAbility(call.principal, 'LIST_APIKEY') === 'OWN'
      const scope = isOwn ? { ownerId: call.principal.user.id, ...memberOf(call.principal) } : {}
      const asked = { ...bounds, ...scope, failingFrom: bounds.to - DAY_MS }
      const { hours, failing } = await store.outcomesOfAll(asked, callerOf(call.principal))
      return { intervals: inIntervals(hours, query), failing }
    },

    async risks(call) {
      const isOwn = requireAbility(call.principal, 'LIST_APIKEY') === 'OWN'
      const scope = isOwn ? { ownerId: call.principal.user.id, ...memberOf(call.principal) } : {}
      const at = clock.now()
      const asked = { ...scope, at, unusedSince: at - UNUSED_MS, expiresBefore: at + SOON_MS }
      return store.keyRisks(asked, callerOf(call.principal))
    },

    purge: () => store.purgeOutcomes(clock.now() - MAX.outcomesKeptMs, MAX.choreRows),
  }
}

/** Whole hours. Throws `input_invalid` for a period past the retention, or one that ends before it begins. */
function boundsOf({ from, to }: HistoryQuery): { from: Instant; to: Instant } {
  if (from >= to) throw inputFault(['from'], 'Must be before to.')
  if (to - from > MAX.outcomesKeptMs)
    throw inputFault(['from'], `Covers at most ${MAX.outcomesKeptMs / DAY_MS} days.`)
  return { from: from - (from % HOUR_MS), to }
}

function inIntervals(hours: readonly CountedInterval[], { interval }: HistoryQuery): CountedInterval[] {
  if (interval === 'hour') return [...hours]
  const days = new Map<Instant, VerdictCounts>()
  for (const { start, counts } of hours) {
    const day = start - (start % DAY_MS)
    const sums = days.get(day) ?? {}
    days.set(day, sums)
    for (const [code, count] of Object.entries(counts) as [keyof VerdictCounts, number][])
      sums[code] = (sums[code] ?? 0) + count
  }
  return [...days].map(([start, counts]) => ({ start, counts }))
}
