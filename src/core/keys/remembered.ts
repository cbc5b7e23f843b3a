// Tests: test/wire/native/idempotency.test.ts
import type { Instant } from '../ground/clock.ts'

/** The answer kept for an Idempotency-Key: never holds a secret. */
export interface RememberedAnswer {
  status: number
  body: string
}

/** A request for the claim of an Idempotency-Key. */
export interface ClaimRequest {
  /** Whose key it is: different scopes never meet. */
  scope: string
  key: string
  /** Digest of the request, by which a different one under the same key is told apart. */
  fingerprint: string
  at: Instant
  /** A claim from before this may be claimed again. */
  staleBefore: Instant
  /** So may a claim from after this, for nothing shows how old it is. */
  staleAfter: Instant
  /** An answer from before this is ignored. */
  forgetBefore: Instant
}

/** A claimed Idempotency-Key, to be completed by the transaction that does the work. */
export interface IdempotencyClaim {
  scope: string
  key: string
  /** Proof that this caller holds the claim. */
  token: string
}

/** The result of claiming an Idempotency-Key. */
export type IdempotencyState =
  | { state: 'claimed'; claim: IdempotencyClaim }
  | { state: 'running' }
  | { state: 'other_request' }
  | { state: 'done'; answer: RememberedAnswer }

/** Completes a claim together with the work: `answer` is called inside the transaction with the written record. */
export interface Remember<T> {
  claim: IdempotencyClaim
  answer: (written: T) => RememberedAnswer
}
