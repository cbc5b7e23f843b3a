import type { Instant } from '../core/ground/clock.ts'
import type { LimitWindow } from '../core/money/windows.ts'
import type {
  Access,
  Digest,
  Key,
  KeyId,
  KeyStatus,
  NanoUsd,
  Revision,
  Role,
  StoredSecret,
  User,
  UserId,
  Workspace,
  WorkspaceId,
} from '../core/types.ts'
import type { LedgerStore, Payer } from './ledger.ts'

/** How a key is named: by its id, or by the digest of its first or of any live secret. */
export type KeyRef = { id: KeyId } | { digest: Digest }

/** Settled usage of one window. */
export interface WindowSpend {
  amount: NanoUsd
  byokAmount: NanoUsd
  requests: number
}

/** Settled usage of the four windows that one instant lies in. */
export type Spend = Record<LimitWindow, WindowSpend>

/** All that a verify needs to know of one secret, read together. */
export interface KeyFacts {
  key: Key
  /** The secret by whose digest the key was found. */
  secret: StoredSecret
  owner: User
  workspace: Workspace
}

/** What is written down about a change, in the same transaction as the change. */
export interface AuditRecord {
  /** Domain words: `key.create`, `key.rotate`, `user.update`, ... */
  action: string
  target: { kind: 'key' | 'user' | 'workspace' | 'system'; id: string | null }
  /** The changed members before and after, never a secret; null where there is nothing to show. */
  before: Record<string, unknown> | null
  after: Record<string, unknown> | null
  reason: string | null
}

/** Who acts, when, and through which request. */
export interface Act {
  at: Instant
  /** Null for what the server does by itself at its first start. */
  userId: UserId | null
  /** The key that was used as the credential. */
  keyId: KeyId | null
  requestId: string | null
  ip: string | null
}

/** One line of the audit log. */
export interface AuditEntry extends AuditRecord {
  id: string
  at: Instant
  outcome: 'done' | 'denied'
  actorUserId: UserId | null
  actorKeyId: KeyId | null
  requestId: string | null
  ip: string | null
  /** The revision that the change made; null for what was denied. */
  revision: Revision | null
}

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

/** What claiming an Idempotency-Key found. */
export type IdempotencyState =
  | { state: 'claimed'; claim: IdempotencyClaim }
  | { state: 'running' }
  | { state: 'other_request' }
  | { state: 'done'; answer: RememberedAnswer }

/** Completes a claim together with the work: `answer` is called inside the transaction with what was written. */
export interface Remember<T> {
  claim: IdempotencyClaim
  answer: (written: T) => RememberedAnswer
}

/** A change decided under the record's lock: the whole record as it shall be, and what to write down. */
export interface Decided<T> {
  next: T
  audit: AuditRecord
}

/**
 * Decides a change from the locked record; null changes nothing, a thrown fault rolls back. Must be pure and
 * synchronous: it runs again when the database asks for a retry.
 */
export type Decide<T, Context = undefined> = (current: T, context: Context) => Decided<T> | null

/** A page of a list and where the next one starts; `next` is null on the last page. */
export interface Page<T> {
  rows: T[]
  next: Cursor | null
}

/** A position in a list: the last row's sort value and id. */
export interface Cursor {
  value: number | string
  id: string
}

/**
 * The orders of the key list. `createdAt` and `lastUsedAt` newest first, `expiresAt` soonest first, `spent` most first, as of
 * the last `refreshSpentOrder`.
 */
export type KeySort = 'createdAt' | 'lastUsedAt' | 'expiresAt' | 'spent'

/** Which keys to list. A missing member does not filter. */
export interface KeyQuery {
  workspaceId?: WorkspaceId
  ownerId?: UserId
  /** `revoked` keys are listed only when asked for by this. A key is `disabled` with its owner, too. */
  status?: KeyStatus
  access?: Access
  /** False leaves out keys whose switch is off, whatever their status (openrouter.md §5). */
  includeDisabled?: boolean
  /** Every pair must be present on the key. */
  labels?: { name: string; value: string }[]
  /**
   * Words (runs of letters and digits, letter case ignored), each of which must be the start of a word of the name or of
   * the current mask, whose words are its prefix, its first three and its last three characters.
   */
  search?: string
  /** Never used, or last used before this instant. */
  unusedSince?: Instant
  /** Has an expiry, and it lies before this instant. */
  expiresBefore?: Instant
  sort: KeySort
  limit: number
  /** Exclusive start; from a page's `next` of the same query. */
  after?: Cursor
  /** Rows to skip, for the one dialect that pages so; never together with `after`. */
  offset?: number
  /** The instant at which `status` is judged. */
  at: Instant
}

/** Which users to list, newest first. */
export interface UserQuery {
  role?: Role
  externalId?: string
  limit: number
  after?: Cursor
}

/** Which workspaces to list, newest first. */
export interface WorkspaceQuery {
  limit: number
  after?: Cursor
}

/** Which audit entries to list, newest first. */
export interface AuditQuery {
  targetKind?: AuditRecord['target']['kind']
  targetId?: string
  actorUserId?: UserId
  action?: string
  outcome?: AuditEntry['outcome']
  from?: Instant
  to?: Instant
  limit: number
  after?: Cursor
}

/** One or more uses of a key, gathered since the last flush. */
export interface KeyUse {
  keyId: KeyId
  /** The latest of them. */
  at: Instant
  count: number
}

/** What exists after the very first start. */
export interface FirstRecords {
  user: User
  workspace: Workspace
  key: Key
}

/**
 * The durable truth. Every sentence below is an obligation that `store.conformance.ts` tests on every implementation.
 *
 * - Every change of a key, user or workspace takes the next revision; revisions have no gaps and no repeats, the audit
 *   log holds exactly one `done` entry per revision, and both are written in the transaction that makes the change.
 *   The returned record carries its revision.
 * - A method that has answered has written durably. A method that threw has changed nothing.
 * - All methods are safe under concurrent callers, also from several processes on one database where that is possible.
 * - A fault named in a comment is thrown as a {@link Fault}; an unreachable database is `store_unavailable`.
 * - Texts come back byte for byte, ids are compared exactly, integers up to 2^63-1 keep every digit. A text that not every
 *   engine can keep (with U+0000 or half of a surrogate pair) is `input_invalid`.
 * - A key shows its current secret and the older ones that have not expired at the instant of the call (`Act.at` for a change).
 */
export interface Store extends LedgerStore {
  /**
   * Writes the first user, workspace and key (three revisions, in this order) unless a user exists already, also a
   * deleted one. Returns whether this call wrote them. Of any number of concurrent callers exactly one gets true.
   */
  initialize(first: FirstRecords, act: Act): Promise<boolean>

  /** True once {@link Store.initialize} has written. */
  isInitialized(): Promise<boolean>

  /** The revision of the last committed change; 0 for an empty store. */
  revision(): Promise<Revision>

  /**
   * Adds a key with its secrets. Faults: `key_id_taken` (also by a revoked key), `secret_taken`, `user_not_found` (owner missing or
   * deleted), `workspace_not_found` (missing or deleted).
   */
  createKey(key: Key, record: { act: Act; audit: AuditRecord; remember?: Remember<Key> }): Promise<Key>

  /**
   * Locks the key, lets `decide` look at it (also at a revoked one), and writes what it decided: every member but identity
   * (`id`, `hash`, `createdAt`) and what traffic moves (`lastUsedAt`, `requestCount`), new secrets, and changed secret
   * expiries; secrets are never removed. Concurrent changes of one key see each other's
   * result. Returns the key as it now stands, unchanged if `decide` gave null. Faults: `key_not_found`, `secret_taken`,
   * `workspace_not_found`, `user_not_found` (for a new owner), and whatever `decide` throws.
   */
  changeKey(ref: KeyRef, decide: Decide<Key>, record: { act: Act; remember?: Remember<Key> }): Promise<Key>

  /**
   * Reads one key, also a revoked one; null when there is none. A digest finds a key by its `hash` or by a secret that
   * has not expired at `at`.
   */
  findKey(ref: KeyRef, at: Instant): Promise<Key | null>

  /**
   * Reads all that a verify of this secret needs, also for expired secrets, revoked keys and disabled owners; null when
   * no secret has the digest. Named by its id, a key is read with its current secret.
   */
  findFacts(ref: KeyRef, at: Instant): Promise<KeyFacts | null>

  /** True while any secret is stored whose text is not of our own shape, so that foreign texts must be looked up. */
  hasForeignSecrets(): Promise<boolean>

  /**
   * Lists keys. Pages of one query neither repeat nor miss a key that exists unchanged throughout, in any order of
   * inserts between them. Equal sort values are ordered by id, in the same direction as the sort. Never-used keys count as used at instant 0; keys without expiry come
   * last in `expiresAt`. A cursor that no list has given out is `input_invalid`.
   */
  listKeys(query: KeyQuery): Promise<Page<Key>>

  /** Moves `lastUsedAt` forward, never back, and adds to `requestCount`; touches neither revision nor `updatedAt`. Unknown keys are passed over. */
  recordUses(uses: KeyUse[]): Promise<void>

  /**
   * The id, owner and workspace of each named key, also of revoked ones and through expired secrets, by the name it was asked for
   * with. Names that belong to no key are missing from the answer. Up to 1,000 names in a constant number of queries.
   */
  resolveKeys(refs: KeyRef[]): Promise<Map<KeyId | Digest, Payer>>

  /** Adds a user. Faults: `user_id_taken`, `username_taken`, `email_taken` (letter case does not distinguish either). */
  createUser(user: User, record: { act: Act; audit: AuditRecord; remember?: Remember<User> }): Promise<User>

  /**
   * Like {@link Store.changeKey}, for a user that is not deleted. The context counts the other enabled users with the
   * role ROOT, under a lock that keeps two callers from both removing the last but one. Faults: `user_not_found`,
   * `username_taken`, `email_taken`.
   */
  changeUser(id: UserId, decide: Decide<User, { otherRoots: number }>, record: { act: Act }): Promise<User>

  /**
   * Deletes a user (its name and address may be used anew, its revoked keys keep pointing at it). `decide` sees the same as in {@link Store.changeUser};
   * its `next` is not used. Returns the revision. Faults: `user_not_found`, `user_has_keys` while it owns a key that is not revoked.
   */
  deleteUser(
    id: UserId,
    decide: Decide<User, { otherRoots: number }>,
    record: { act: Act },
  ): Promise<Revision>

  /** Reads a user that is not deleted, by id, or by e-mail or username without regard to letter case. */
  findUser(by: { id: UserId } | { email: string } | { username: string }): Promise<User | null>

  /** Lists users that are not deleted, newest first, ties by id. */
  listUsers(query: UserQuery): Promise<Page<User>>

  /** Adds a workspace. Faults: `workspace_id_taken`, `slug_taken`. */
  createWorkspace(
    workspace: Workspace,
    record: { act: Act; audit: AuditRecord; remember?: Remember<Workspace> },
  ): Promise<Workspace>

  /** Like {@link Store.changeKey}, for a workspace that is not deleted. Faults: `workspace_not_found`, `slug_taken`. */
  changeWorkspace(id: WorkspaceId, decide: Decide<Workspace>, record: { act: Act }): Promise<Workspace>

  /** Deletes a workspace; `decide`'s `next` is not used. Returns the revision. Faults: `workspace_not_found`, `workspace_has_keys` while it holds a key that is not revoked. */
  deleteWorkspace(id: WorkspaceId, decide: Decide<Workspace>, record: { act: Act }): Promise<Revision>

  /** Reads a workspace that is not deleted, by id or slug, or the default one. */
  findWorkspace(by: { id: WorkspaceId } | { slug: string } | 'default'): Promise<Workspace | null>

  /** Lists workspaces that are not deleted, newest first, ties by id. */
  listWorkspaces(query: WorkspaceQuery): Promise<Page<Workspace>>

  /** Writes down a denied attempt; takes no revision. */
  recordDenied(record: { act: Act; audit: AuditRecord }): Promise<void>

  /** Lists audit entries, newest first, ties by id. */
  listAudit(query: AuditQuery): Promise<Page<AuditEntry>>

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

  /** Fails with `store_unavailable` unless the database answers and its schema is this program's. */
  check(): Promise<void>

  /** Finishes what runs and lets go of the database. */
  close(): Promise<void>
}
