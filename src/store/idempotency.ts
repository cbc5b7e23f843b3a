import type { Instant } from '../core/ground/clock.ts'
import type { IdempotencyClaim, IdempotencyState } from '../core/keys/remembered.ts'

/** The durable memory of requests that may be repeated safely. */
export interface IdempotencyStore {
  /**
   * Claims an Idempotency-Key for one request, told apart by its fingerprint. Of concurrent callers one gets `claimed`
   * and the others `running`. A claim that was not completed before `staleBefore` may be claimed anew, and the old claim
   * then completes nothing more: its work fails with `idempotency_running`. An answer remembered before `forgetBefore`
   * is forgotten.
   */
  claimIdempotency(request: {
    scope: string
    key: string
    fingerprint: string
    at: Instant
    staleBefore: Instant
    forgetBefore: Instant
  }): Promise<IdempotencyState>

  /** Gives a claim back after the work failed, so that the key may be used again. */
  releaseIdempotency(claim: IdempotencyClaim): Promise<void>

  /** Deletes remembered answers older than the instant, and returns how many; also claims that old, without counting them. */
  forgetIdempotency(before: Instant): Promise<number>
}
