// Tests: test/wire/native/idempotency.test.ts
/** The answer kept for an Idempotency-Key: never holds a secret. */
export interface RememberedAnswer {
  status: number
  body: string
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
