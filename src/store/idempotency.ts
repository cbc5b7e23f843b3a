import type { Instant } from '../core/ground/clock.ts'
import type { Caller } from '../core/ground/turns.ts'
import type { ClaimRequest, IdempotencyClaim, IdempotencyState } from '../core/keys/remembered.ts'

/** The durable record of requests that may be repeated safely. */
export interface IdempotencyStore {
  /**
   * Claims an Idempotency-Key for one request, told apart by its fingerprint. Of concurrent callers one gets `claimed` and the others
   * `running`. An uncompleted claim from before `staleBefore` or after `staleAfter` may be claimed again, and the old claim can then no
   * longer be completed: its work fails with `idempotency_running`. An answer stored before `forgetBefore` is ignored. It waits for the turn of the user who
   * asks, among the changes of all users, so that claims of many keys of one user do not delay the changes of others.
   */
  claimIdempotency(request: ClaimRequest, by: Caller): Promise<IdempotencyState>

  /** Releases a claim after the work failed, so that the key may be used again. It waits in the same way. */
  releaseIdempotency(claim: IdempotencyClaim, by: Caller): Promise<void>

  /** Deletes stored answers older than the instant, and returns how many; also deletes claims of that age, without counting them. */
  forgetIdempotency(before: Instant): Promise<number>
}
