// Tests: test/wire/native/idempotency.test.ts
import type { IdempotencyStore } from '../../store/idempotency.ts'
import { MAX } from '../ground/bounds.ts'
import type { Clock } from '../ground/clock.ts'
import { Fault } from '../ground/faults.ts'
import type { Caller } from '../ground/turns.ts'
import type { KeyId, UserId } from '../types.ts'
import type { Changes, Wait } from '../verify/changes.ts'
import type { IdempotencyClaim, RememberedAnswer } from './remembered.ts'

/** One request that may be repeated safely: its caller, its Idempotency-Key and the digest of its content. */
export interface RepeatableRequest {
  credential: KeyId
  /** The caller's user, among whose changes the claim takes its turn. */
  userId: UserId
  idempotencyKey: string
  /** Digest of method, address and body; a request with another digest under the same key is refused. */
  fingerprint: string
  wait?: Wait
}

/** Makes creating calls safe to repeat: the answer is stored in the transaction that does the work. */
export interface Idempotency {
  /**
   * Claims the key for this request, or returns the answer of its first run, once its change is in force on every node. Throws
   * `idempotency_conflict` for a different request under the same key and `idempotency_running` while the first run has not finished.
   */
  begin(request: RepeatableRequest): Promise<{ claim: IdempotencyClaim } | { answer: RememberedAnswer }>
  /** Releases the claim, because the work failed and changed nothing. */
  abandon(claim: IdempotencyClaim, by: Caller): Promise<void>
  /** Deletes answers past their retention. */
  forgetOld(): Promise<number>
}

/** Builds the memory of repeatable requests. */
export function createIdempotency({
  store,
  changes,
  clock,
}: {
  store: IdempotencyStore
  changes: Pick<Changes, 'settleAll'>
  clock: Clock
}): Idempotency {
  return {
    async begin({ credential, userId, idempotencyKey, fingerprint, wait }) {
      const at = clock.now()
      const request = {
        scope: credential,
        key: idempotencyKey,
        fingerprint,
        at,
        staleBefore: at - MAX.idempotencyClaimMs,
        staleAfter: at + MAX.clockAheadMs,
        forgetBefore: at - MAX.idempotencyMs,
      }
      const found = await store.claimIdempotency(request, { userId, keyId: credential })
      switch (found.state) {
        case 'claimed':
          return { claim: found.claim }
        case 'done':
          await changes.settleAll(wait)
          return { answer: found.answer }
        case 'running':
          throw new Fault('idempotency_running', { retryAfterMs: 1_000 })
        case 'other_request':
          throw new Fault('idempotency_conflict')
      }
    },
    abandon: (claim, by) => store.releaseIdempotency(claim, by),
    forgetOld: () => store.forgetIdempotency(clock.now() - MAX.idempotencyMs),
  }
}
