import type { Generated } from 'kysely'
import type { KeyHourTable, KeyRefusalTable, SecretUseTable, VerifyHourTable } from './outcome-tables.ts'
import type { BrowserSessionTable, SignInLinkTable } from './sign-in-tables.ts'
import type {
  AccountSpendTable,
  AccountVersionTable,
  ActivityTable,
  FormerHomeTable,
  MetaSpendTable,
  MetaValueTable,
  SpendTable,
  SumColumns,
} from './sum-tables.ts'

/**
 * Every integer of the database: a bigint in both engines, so that no digit is lost on the way. Times are milliseconds
 * since 1970, money is nano-USD, booleans are 0 and 1. Only `rows.ts` turns them into the domain's types.
 */
type Integer = bigint

/** The value of `expires_at` columns for no expiry. It lies behind every instant and is a safe number in cursors. */
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

/** One row per number of the whole database; see {@link MetaName}. */
export interface MetaTable {
  name: MetaName
  value: Integer
}

/**
 * `revision`: the last revision taken. `initialized`: 1 after the first start. `users`: no count; its row is the lock for everything that
 * depends on the whole set of users. `search_behind`: 1 while some key lacks its row of `key_search`, as after an upgrade. `lost_until`:
 * changes up to this revision are missing, and the operator has not decided what to do; otherwise the row does not exist.
 * `accepted_until`: the loss of changes up to this revision is accepted.
 */
export type MetaName = 'revision' | 'initialized' | 'users' | 'search_behind' | LossName
type LossName = 'lost_until' | 'accepted_until'

/** Users, also deleted ones: keys and audit entries still refer to them. */
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

/**
 * The members of workspaces; the default one has no rows, because everybody belongs to it. A row is deleted with its user or workspace.
 */
export interface WorkspaceMemberTable {
  workspace_id: string
  user_id: string
  joined_at: Integer
  standing: Generated<string>
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
  /** 1 when `revoked_at` is set; part of the list's indexes, because a list shows either revoked keys or the others. */
  revoked: Integer
  revoked_at: Integer | null
  revoked_reason: string | null
  /** JSON object of `{by, value}` by member; or only a role, for a key all of whose restrictions count as set by that role. */
  restrictions: string
  revision: Integer
}

/** Secrets are never removed, so that no other key can get the digest of an old one. */
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
  /** The users besides the key's owner who have seen the secret: their ids, separated by spaces. */
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

/** The text of a key that is searched: its name and its current mask, folded. */
export interface KeySearchTable {
  /** A number for each new key, rising; `key_grams` refers to the key by it. */
  number: Generated<Integer>
  key_id: string
  created_at: Integer
  text: string
  /** The text under which `key_grams` has the key, if it differs from `text`; null when it has no text of the key, or this one. */
  former: string | null
  /** 1 while the text is not in `key_grams`. */
  pending: Integer
}

/** The keys, among 8,192 numbers, whose text contains one short sequence of characters; see `keys/grams.ts`. */
export interface KeyGramTable {
  place: Integer
  /** A set of numbers, see `keys/number-sets.ts`. */
  numbers: string
}

/** The ages of the indexed keys in one stretch of 8,192 numbers. */
export interface KeyStretchTable {
  stretch: Integer
  newest: Integer
  oldest: Integer
}

/**
 * The totals of a key's traffic, separate from the key so that management and traffic do not wait for each other's rows. The row is
 * created with the key; after that traffic only adds to it. Its sums are those of the window `total`.
 */
export interface KeyTotalTable extends SumColumns {
  key_id: string
  /** These three repeat the key's own columns, for lists that are ordered by the columns below. */
  owner_id: string
  workspace_id: string
  revoked: Integer
  first_owner_id: Generated<string | null>
  /** {@link UNUSED} until the first use. */
  last_used_at: Integer
  request_count: Integer
  /** The copy of `amount` by which lists are ordered by spent money; updated later, see `SpentOrder`. */
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
  /** `release` or `settle`: what happens when it expires. */
  on_expiry: string
  state: string
  resolved_at: Integer | null
  /** The key with which it was ended; null while it is open, and when the server ended it. */
  resolved_by: string | null
  /** This column and all after it are null unless the state is `settled`. */
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

/** Reported usage, one row per key and event id; only the corrected amounts of a row ever change. */
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
  /** The user whose sums it is in; null for the first owner of the key, `key_totals.first_owner_id` or else the present one. */
  owner_id: Generated<string | null>
  /** The key that was the credential of who reported it; null when the server did. */
  reported_by: string | null
  /** In the event of a correction: the event that it corrects, and the reason. */
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
  /** The number of equal denials that the row represents. */
  count: Integer
  /** The time of the last of them; null in rows that are older than this column. */
  last_at: Integer | null
}

/** Claimed and answered Idempotency-Keys. */
export interface IdempotencyTable {
  scope: string
  name: string
  fingerprint: string
  token: string
  claimed_at: Integer
  /** Null, like the answer, while the work runs. */
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
  /** The same under the rate from before the limit was lowered; all three are null when there is no such state. */
  cut_rate_limit: Integer | null
  cut_window_ms: Integer | null
  cut_whole_at: Integer | null
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

/** All tables, by name; `docs/storage.md` says which operation writes each column and how long it is kept. */
export interface Tables {
  meta: MetaTable
  users: UserTable
  workspaces: WorkspaceTable
  workspace_members: WorkspaceMemberTable
  former_homes: FormerHomeTable
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
  browser_sessions: BrowserSessionTable
  sign_in_links: SignInLinkTable
}

/** The name of every table. */
export const TABLE_NAMES: readonly string[] = Object.keys({
  meta: true,
  users: true,
  workspaces: true,
  workspace_members: true,
  former_homes: true,
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
  browser_sessions: true,
  sign_in_links: true,
} satisfies Record<keyof Tables, true>)
