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
  /** The results that decisions have computed from these facts; null before the first decision. */
  prepared: Prepared | null
}

/**
 * The results that decisions have computed from a key's facts, so that the next decision need not. They depend on the facts alone and are
 * kept with them: when the facts are forgotten, they are gone as well.
 */
export interface Prepared extends AskedChain {
  /** The time in which the record permits a use from any address; empty if it never does. */
  usableFrom: Instant
  usableUntil: Instant
  /** One unit of each rate limit. */
  demands: readonly RateDemand[]
  /** The last judged demand on its permissions. */
  asked: PermissionExpression | null
  isMet: boolean
  /** The last noted use, which waits to be written. */
  use: NotedUse | null
  tally: Tally | null
}

/** Prepares the facts of keys that are verified. */
export interface Preparations {
  of(known: ReadyFacts): Prepared
}

/** The maximum number of preparations: each takes about as much memory as the facts, most of which are not used at present. */
const KEPT_MAX = 20_000

/** Builds it. When there are too many, all are dropped, which costs less than finding the least recently used one. */
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
  // Only these bounds depend on the time, so a verdict at the beginning holds until the end.
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
