/** Like every integer of the database (`tables.ts`). */
type Integer = bigint

/** Verdicts on one key in one hour, by code; `refused` is the sum of all but the valid ones. */
export interface KeyHourTable {
  key_id: string
  hour: Integer
  valid: Integer
  disabled: Integer
  not_yet_valid: Integer
  expired: Integer
  forbidden: Integer
  insufficient_permissions: Integer
  rate_limited: Integer
  budget_exceeded: Integer
  refused: Integer
}

/** Verdicts of one code in one hour, on all keys and on unknown secrets. */
export interface VerifyHourTable {
  hour: Integer
  code: string
  verdicts: Integer
}

/** Refusals of one key for one reason; `at` is the last of them. */
export interface KeyRefusalTable {
  key_id: string
  code: string
  bound: string
  refusals: Integer
  at: Integer
  ip: string | null
}

/** Uses of one secret; `at` is the last of them. */
export interface SecretUseTable {
  key_id: string
  digest: string
  uses: Integer
  at: Integer
  ip: string | null
}
