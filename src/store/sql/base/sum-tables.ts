import type { Generated } from 'kysely'

/** As in `tables.ts`: a bigint in both engines. */
type Integer = bigint

// The tables of sums, which metering writes together with the events.

/** The three sums of settled usage. Those of money are below 2^62; their carries are in columns of their own. */
export interface SumColumns {
  amount: Integer
  amount_carry: Generated<Integer>
  byok_amount: Integer
  byok_amount_carry: Generated<Integer>
  requests: Integer
  /** The corrected amounts, which are already subtracted from the other columns. */
  corrected: Generated<Integer>
  byok_corrected: Generated<Integer>
}

/** The sums of a key in one hour, day, week or month. */
export interface SpendTable extends SumColumns {
  key_id: string
  /** A calendar window, or `hourly`. */
  win: string
  start: Integer
}

/** The sums of a user or workspace in one hour, day, week or month, or in `total`, which starts at 0. */
export interface AccountSpendTable extends SumColumns {
  kind: string
  account_id: string
  win: string
  start: Integer
}

/** The sums of events with one value under one metadata name in one hour, by key, user and workspace. */
export interface MetaSpendTable extends SumColumns {
  kind: string
  account_id: string
  name: string
  start: Integer
  value: string
}

/** The sums of events with one set of names on one day, by key, user and workspace; a missing name is empty. */
export interface ActivityTable extends SumColumns {
  kind: string
  start: Integer
  account_id: string
  model: string
  model_permaslug: string
  endpoint_id: string
  provider_name: string
  prompt_tokens: Integer
  completion_tokens: Integer
  reasoning_tokens: Integer
}

/** The lock of an account, and the version that shows whether a copy of it is current; only where several processes write. */
export interface AccountVersionTable {
  kind: string
  account_id: string
  /** Incremented by every commit that may change the account's sums, holds or limits. */
  version: Integer
  /** The revision of the record's last change of limits; 0 for none since the row was created. */
  limits_revision: Integer
}

/** A value of a metadata name that an account has used on a UTC day; `place` numbers them from 1. */
export interface MetaValueTable {
  kind: string
  account_id: string
  day: Integer
  name: string
  value: string
  place: Integer
}

/** A workspace where a user has owned a key that has got another owner: the user's sums contain usage of it. */
export interface FormerHomeTable {
  owner_id: string
  workspace_id: string
}
