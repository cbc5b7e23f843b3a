import type { Generated } from 'kysely'
import type { KeyHourTable, KeyRefusalTable, SecretUseTable, VerifyHourTable } from './outcome-tables.ts'
import type {
  AccountSpendTable,
  AccountVersionTable,
  ActivityTable,
  MetaSpendTable,
  SpendTable,
  SumColumns,
} from './sum-tables.ts'

/**
 * Every integer of the database: a bigint in both engines, so that no digit is lost on the way. Times are milliseconds
 * since 1970, money is nano-USD, booleans are 0 and 1. Only `rows.ts` turns them into the domain's types.
 */
type Integer = bigint

/** `value` in `expires_at` columns for what never expires; lies behind every instant and is a safe number in cursors. */
export const NEVER = BigInt(Number.MAX_SAFE_INTEGER)

/** `last_used_at` of a key that was never used: it then counts as used at instant 0. */
export const UNUSED = 0n

/** The limits of a key, a user or a workspace; null for no limit. */
export interface LimitColumns {
  limit_daily: Integer | null
  limit_weekly: Integer | null
  limit_monthly: Integer | null
  limit_total: Integer | null
  include_byok_in_limit: Integer
}

/** One row per number that belongs to the database as a whole; see {@link MetaName}. */
export interface MetaTable {
  name: MetaName
  value: Integer
}

/**
 * `revision`: the last revision taken. `initialized`: 1 after the first start. `users`: counts nothing; its row is the
 * lock of everything that depends on the set of users as a whole.
 * `search_behind`: 1 until every key has its row of `key_search`, which is so after an
 * upgrade. `lost_until`: changes up to here are missing, and nobody has decided what to do; there is no such row
 * otherwise. `accepted_until`: those that are missing up to here are accepted to be lost.
 */
export type MetaName = 'revision' | 'initialized' | 'users' | 'search_behind' | LossName
type LossName = 'lost_until' | 'accepted_until'

/** Users, also deleted ones: keys and audit entries keep pointing at them. */
export interface UserTable extends LimitColumns {
  id: string
  username: string
  username_folded: string
  email: string | null
  email_folded: string | null
  display_name: string
  external_id: string | null
  role: string
  disabled: Integer
  /** JSON of the grant policy; amounts are strings of nano-USD. */
  policy: string
  /** JSON object of `{by, value}` by member. */
  restrictions: string
  created_at: Integer
  updated_at: Integer | null
  deleted_at: Integer | null
  revision: Integer
}

/** Workspaces, also deleted ones. */
export interface WorkspaceTable extends LimitColumns {
  id: string
  slug: string
  name: string
  description: string | null
  is_default: Integer
  created_by_id: string | null
  /** JSON object of `{by, value}` by member. */
  restrictions: string
  created_at: Integer
  updated_at: Integer | null
  deleted_at: Integer | null
  revision: Integer
}

/** Who was let into a workspace; the default one has no rows, since everybody is in it. Deleted with its user or workspace. */
export interface WorkspaceMemberTable {
  workspace_id: string
  user_id: string
  joined_at: Integer
  added_by_id: string | null
  /** The workspace's `created_at`, so that a user's newest workspaces come straight from the index. */
  workspace_created_at: Integer
  revision: Integer
}

/** Keys, also revoked ones. */
export interface KeyTable extends LimitColumns {
  id: string
  hash: string
  name: string
  access: string
  disabled: Integer
  owner_id: string
  workspace_id: string
  external_user_id: string | null
  /** JSON object of texts, in the order in which it was given. */
  labels: string
  /** JSON array of texts. */
  permissions: string
  /** JSON object of `{amount, until}` by window; amounts are strings of nano-USD. */
  boosts: string
  openrouter_window: string | null
  /** JSON array of `{name, limit, windowMs}`. */
  rate_limits: string
  /** JSON array of texts. */
  allowed_ips: string
  not_before: Integer | null
  /** {@link NEVER} when the key does not expire. */
  expires_at: Integer
  created_at: Integer
  updated_at: Integer | null
  created_by_id: string
  updated_by_id: string
  /** 1 when `revoked_at` is set; part of the list's indexes, because a list shows either kind only. */
  revoked: Integer
  revoked_at: Integer | null
  revoked_reason: string | null
  /** JSON object of `{by, value}` by member; or only a role, where everything that holds the key back counts as set by it. */
  restrictions: string
  revision: Integer
}

/** Secrets are never removed, so that the digest of an old one stays taken. */
export interface SecretTable {
  digest: string
  key_id: string
  /** Rises with each secret of a key; the highest is the current one. */
  ordinal: Integer
  mask: string
  key_prefix: string
  is_foreign: Integer
  created_at: Integer
  /** {@link NEVER} for the current secret. */
  expires_at: Integer
  /** A user besides the key's owner. */
  seen_by: string | null
}

/** The labels of `keys.labels` once more, for filtering. */
export interface KeyLabelTable {
  key_id: string
  name: string
  value: string
  /** The key's `created_at`, so that the newest keys with a label come straight from the index. */
  created_at: Integer
}

/** The text in which a key is searched: its name and its current mask, folded. */
export interface KeySearchTable {
  /** Counted up with each new key; by it `key_grams` names the key. */
  number: Generated<Integer>
  key_id: string
  /** The key's own, so that the newest are found without looking at the keys. */
  created_at: Integer
  text: string
  /** The text that `key_grams` has of the key where that is another; null where it has none or this one. */
  former: string | null
  /** 1 while `key_grams` does not have the text. */
  pending: Integer
}

/** Which keys have one short piece of a text, of 8,192 numbers; see `keys/grams.ts`. */
export interface KeyGramTable {
  place: Integer
  /** A set of numbers, see `keys/number-sets.ts`. */
  numbers: string
}

/** How old the keys are whose numbers are 8,192 in a row, and which `key_grams` has. */
export interface KeyStretchTable {
  stretch: Integer
  newest: Integer
  oldest: Integer
}

/**
 * What traffic adds up over a key's life, kept apart from the key so that management and traffic do not wait for each
 * other's rows. Written once with the key, then only ever added to. Its sums are those of the window `total`.
 */
export interface KeyTotalTable extends SumColumns {
  key_id: string
  /** These three repeat the key's own columns, for lists that are ordered by what follows. */
  owner_id: string
  workspace_id: string
  revoked: Integer
  /** {@link UNUSED} until the first use. */
  last_used_at: Integer
  request_count: Integer
  /** The `amount` by which lists by what was spent are ordered; follows it, see `SpentOrder`. */
  listed_amount: Integer
}

/** A reservation in the state in which it was last written. */
export interface ReservationTable {
  id: string
  key_id: string
  owner_id: string
  workspace_id: string
  amount: Integer
  held_at: Integer
  expires_at: Integer
  request_id: string | null
  /** The amount that the reserve asked for; `amount` grows when the reservation is extended. */
  first_amount: Integer
  /** `release` or `settle`: what becomes of it when nobody ends it. */
  on_expiry: string
  state: string
  resolved_at: Integer | null
  /** The key that was the credential of who ended it; null when the server did, or nobody yet. */
  resolved_by: string | null
  /** This and all that follow are null unless the state is `settled`. */
  settled_amount: Integer | null
  settled_byok_amount: Integer | null
  /** JSON object of texts. */
  settled_meta: string | null
  released: Integer | null
  overdraft: Integer | null
  late: Integer | null
}

/** Written once per account, window and threshold. */
export interface CrossingTable {
  kind: string
  account_id: string
  win: string
  start: Integer
  percent: Integer
  at: Integer
}

/** Usage as it was reported, one row per key and event id; of it only what was taken back changes. */
export interface UsageEventTable {
  key_id: string
  id: string
  amount: Integer
  byok_amount: Integer
  requests: Integer
  at: Integer
  recorded_at: Integer
  /** JSON object of texts. */
  meta: string
  /** The key that was the credential of who reported it; null when the server did. */
  reported_by: string | null
  /** Of the event of a correction: the event that it takes back, and why. */
  corrects: Generated<string | null>
  reason: Generated<string | null>
  /** The corrected amounts of the event. */
  corrected: Generated<Integer>
  byok_corrected: Generated<Integer>
}

/** Changes and denied attempts. */
export interface AuditTable {
  id: string
  at: Integer
  action: string
  outcome: string
  target_kind: string
  target_id: string | null
  actor_user_id: string | null
  actor_key_id: string | null
  request_id: string | null
  ip: string | null
  /** JSON object, or null. */
  before: string | null
  /** JSON object, or null. */
  after: string | null
  reason: string | null
  revision: Integer | null
  /** How many equal denials the row stands for. */
  count: Integer
  /** When the last of them was; null in rows of before there was this column. */
  last_at: Integer | null
}

/** Claimed and answered Idempotency-Keys. */
export interface IdempotencyTable {
  scope: string
  name: string
  fingerprint: string
  token: string
  claimed_at: Integer
  /** Null while the work runs, like the answer. */
  answered_at: Integer | null
  status: Integer | null
  body: string | null
}

/** The used units of a rate limit with a long window. */
export interface KeyRateTable {
  key_id: string
  name: string
  rate_limit: Integer
  window_ms: Integer
  whole_at: Integer
  /** The same under the rate from before a cut; null, all three, where there is nothing of that. */
  cut_rate_limit: Integer | null
  cut_window_ms: Integer | null
  cut_whole_at: Integer | null
}

/** A value under a name of meta that an account has on a UTC day; `place` counts them from 1. */
export interface MetaValueTable {
  kind: string
  account_id: string
  day: Integer
  name: string
  value: string
  place: Integer
}

/** A process on the database. */
export interface NodeTable {
  id: string
  renewals: Integer
  applied: Integer
  lease_ms: Integer
  joined_at: Integer
  renewed_at: Integer
}

/** All tables, by name; `docs/storage.md` says who writes each column and for how long it is kept. */
export interface Tables {
  meta: MetaTable
  users: UserTable
  workspaces: WorkspaceTable
  workspace_members: WorkspaceMemberTable
  keys: KeyTable
  secrets: SecretTable
  key_labels: KeyLabelTable
  key_search: KeySearchTable
  key_grams: KeyGramTable
  key_stretches: KeyStretchTable
  key_totals: KeyTotalTable
  spend: SpendTable
  account_spend: AccountSpendTable
  meta_spend: MetaSpendTable
  meta_values: MetaValueTable
  activity: ActivityTable
  account_versions: AccountVersionTable
  reservations: ReservationTable
  crossings: CrossingTable
  usage_events: UsageEventTable
  audit: AuditTable
  idempotency: IdempotencyTable
  key_rates: KeyRateTable
  key_hours: KeyHourTable
  verify_hours: VerifyHourTable
  key_refusals: KeyRefusalTable
  secret_uses: SecretUseTable
  nodes: NodeTable
}

/** The name of every table. */
export const TABLE_NAMES: readonly string[] = Object.keys({
  meta: true,
  users: true,
  workspaces: true,
  workspace_members: true,
  keys: true,
  secrets: true,
  key_labels: true,
  key_search: true,
  key_grams: true,
  key_stretches: true,
  key_totals: true,
  spend: true,
  account_spend: true,
  meta_spend: true,
  meta_values: true,
  activity: true,
  account_versions: true,
  reservations: true,
  crossings: true,
  usage_events: true,
  audit: true,
  idempotency: true,
  key_rates: true,
  key_hours: true,
  verify_hours: true,
  key_refusals: true,
  secret_uses: true,
  nodes: true,
} satisfies Record<keyof Tables, true>)
