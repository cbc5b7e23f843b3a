import type { Instant } from '../core/ground/clock.ts'
import type { IdempotencyClaim, IdempotencyState } from '../core/keys/remembered.ts'

/** The durable record of requests that may be repeated safely. */
export interface IdempotencyStore {
  /**
   * Claims an Idempotency-Key for one request, told apart by its fingerprint. Of concurrent callers one gets `claimed` and the others
   * `running`. An uncompleted claim from before `staleBefore` may be claimed again, and the old claim can then no longer be completed:
   * its work fails with `idempotency_running`. An answer stored before `forgetBefore` is ignored.
   */
  claimIdempotency(request: {
    scope: string
    key: string
    fingerprint: string
    at: Instant
    staleBefore: Instant
    forgetBefore: Instant
  }): Promise<IdempotencyState>

  /** Releases a claim after the work failed, so that the key may be used again. */
  releaseIdempotency(claim: IdempotencyClaim): Promise<void>

  /** Deletes stored answers older than the instant, and returns how many; also deletes claims of that age, without counting them. */
  forgetIdempotency(before: Instant): Promise<number>
}
