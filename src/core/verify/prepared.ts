// Tests: src/core/verify/prepared.test.ts
import type { AddressMatcher } from '../ground/addresses.ts'
import type { Instant } from '../ground/clock.ts'
import { heldPermissions, meetsExpression, type PermissionExpression } from '../ground/permissions.ts'
import { refuseLife } from '../keys/life.ts'
import type { AskedChain } from '../ledger/spare.ts'
import { chainOf } from '../ledger/spending.ts'
import type { KeyFacts } from './key-facts.ts'
import type { Tally } from './outcomes.ts'
import { type RateDemand, rateDemands } from './rates.ts'
import type { NotedUse } from './uses.ts'

/** Facts of one secret, ready for the hot path. */
export interface ReadyFacts extends KeyFacts {
  /** Null when every address is allowed. */
  allowsAddress: AddressMatcher | null
  /** What decisions have worked out from these facts; null before the first one. */
  prepared: Prepared | null
}

/**
 * What decisions about a key have worked out from its facts, so that the next one need not. It is kept with the facts and rests on
 * nothing else: when they are forgotten, it is gone with them.
 */
export interface Prepared extends AskedChain {
  /** From when and until when nothing in the record speaks against a use from any address; an empty stretch where something always does. */
  usableFrom: Instant
  usableUntil: Instant
  /** One unit of each rate limit. */
  demands: readonly RateDemand[]
  /** The demand on its permissions that was judged last. */
  asked: PermissionExpression | null
  isMet: boolean
  /** Where the use that was noted last waits to be written. */
  use: NotedUse | null
  tally: Tally | null
}

/** Prepares the facts of keys that are verified. */
export interface Preparations {
  of(known: ReadyFacts): Prepared
}

/** Preparations that are kept at the same time: each takes about as much memory as the facts, of which most are used by nobody just now. */
const KEPT_MAX = 20_000

/** Builds it. When it holds too many it begins anew, which costs less than telling which of them was used longest ago. */
export function createPreparations(keptMax = KEPT_MAX): Preparations {
  let kept: ReadyFacts[] = []
  return {
    of(known) {
      if (known.prepared !== null) return known.prepared
      if (kept.length >= keptMax) {
        for (const facts of kept) facts.prepared = null
        kept = []
      }
      known.prepared = prepare(known)
      kept.push(known)
      return known.prepared
    },
  }
}

function prepare(known: ReadyFacts): Prepared {
  const { key, secret } = known
  const usableFrom = key.notBefore ?? Number.NEGATIVE_INFINITY
  const usableUntil = Math.min(
    key.expiresAt ?? Number.POSITIVE_INFINITY,
    secret.expiresAt ?? Number.POSITIVE_INFINITY,
  )
  // Only these depend on the time, so what holds at their beginning holds until their end.
  const isAlive = usableFrom < usableUntil && refuseLife(known, usableFrom) === null
  const isUsable = isAlive && known.allowsAddress === null && key.access !== 'manage'
  return {
    usableFrom,
    usableUntil: isUsable ? usableUntil : Number.NEGATIVE_INFINITY,
    standing: null,
    chain: chainOf(known),
    demands: rateDemands(known.key, undefined),
    asked: null,
    isMet: false,
    use: null,
    tally: null,
  }
}

/** Whether a key meets a demand on its permissions. */
export function meets(
  { key, prepared }: Pick<ReadyFacts, 'key' | 'prepared'>,
  demand: PermissionExpression,
): boolean {
  // Parsed expressions are kept, so the same demand is the same object.
  if (prepared?.asked === demand) return prepared.isMet
  const isMet = meetsExpression(heldPermissions(key.permissions), demand)
  if (prepared === null) return isMet
  prepared.asked = demand
  prepared.isMet = isMet
  return isMet
}
