import type { Act, AuditRecord } from '../core/access/audit-entry.ts'
import type { Instant } from '../core/ground/clock.ts'
import type { Page } from '../core/ground/page.ts'
import type { Caller } from '../core/ground/turns.ts'
import type { KeyForm, KeyTextQuery, KeyTexts } from '../core/keys/key-form.ts'
import type { KeyQuery, KeyRef, ListedKey } from '../core/keys/queries.ts'
import type { Remember } from '../core/keys/remembered.ts'
import type { Payer } from '../core/ledger/entries.ts'
import type { Digest, Key, KeyId, User, UserId } from '../core/types.ts'
import type { KeyFacts, KeyUse } from '../core/verify/key-facts.ts'
import type { ActorContext, Creation, Decide, KeyContext } from './change.ts'

/** The owner and the creator of a new key, as they are in its transaction. */
export interface Standing extends ActorContext {
  owner: User
  /** Whether the owner belongs to the key's workspace. */
  isMember: boolean
  /** Whether the creator is a manager of it. */
  isManager: boolean
}

/** The records about a new key, and the last checks of it. */
export interface KeyCreation extends Creation<Key, Standing> {
  /** The maximum number of unrevoked keys of the owner, including this one, for a manager of the workspace or others; null for no maximum. */
  keysMax?: (owner: User, isManager: boolean) => number | null
  /** The audit record for an owner that joins the key's workspace by this; null when it need not join. */
  letIn?: (owner: User) => AuditRecord | null
}

/** The new owner of a key; `keysMax` and `letIn` are as for a new key. */
export interface Heir extends Pick<KeyCreation, 'keysMax' | 'letIn'> {
  id: UserId
}

/** The durable keys and their secrets. Every sentence is an obligation that the conformance suite tests. */
export interface KeyStore {
  /**
   * Adds a key with its secrets. `decide` gets the owner and the actor in their present state; it makes the key with the same id, owner
   * and workspace, or throws if they may not create it.
   * An owner that does not belong to the workspace joins it by `letIn`, as a change of its own, while there is room for members. Faults:
   * `key_id_taken` (also by a revoked key), `secret_taken`, `user_not_found` (owner missing or deleted), `workspace_not_found` (missing
   * or deleted), `too_many_keys` (more than `keysMax`, however many are created concurrently), and whatever `decide` throws.
   */
  createKey(key: Key, record: KeyCreation): Promise<Key>

  /**
   * Locks the key, lets `decide` look at it (also at a revoked one), and writes its decision: every member but identity
   * (`id`, `hash`, `createdAt`) and the counters of use (`lastUsedAt`, `requestCount`), new secrets, and changed
   * expiries and witnesses of secrets; secrets are never removed. Concurrent changes of one key see each other's
   * result. Only an heir that is named becomes the owner: it stays as it is until the change commits, and joins the key's
   * workspace by `letIn` as an owner of a new key does. Money spent before stays in the sums of the former owner. Returns the key as it now
   * stands, unchanged if `decide` gave null. Faults: `key_not_found`, `secret_taken`, `workspace_not_found`, `user_not_found` (for an heir),
   * `too_many_keys` (more than the heir may have, however many come at once), and whatever `decide` throws.
   */
  changeKey(
    ref: KeyRef,
    decide: Decide<Key, KeyContext>,
    record: { act: Act; remember?: Remember<Key>; heir?: Heir },
  ): Promise<Key>

  /**
   * Reads one key, also a revoked one; null when there is none. A digest finds a key by its `hash` or by a secret that
   * has not expired at `at`.
   */
  findKey(ref: KeyRef, at: Instant): Promise<Key | null>

  /**
   * Reads all facts for a verify of this secret, also for expired secrets, revoked keys and disabled owners; null when no secret has the
   * digest. A key that is named by its id is read with its current secret.
   */
  findFacts(ref: KeyRef, at: Instant): Promise<KeyFacts | null>

  /** True while any secret is stored whose text does not have our own form, so that texts of other forms must be looked up. */
  hasForeignSecrets(): Promise<boolean>

  /**
   * Lists keys, each with its owner and its standing at `at`. Pages of one query neither repeat nor miss a key that exists unchanged
   * throughout, in any order of inserts between them. Equal sort values are ordered by id, in the same direction as the sort. Never-used
   * keys count as used at instant 0; keys without expiry come last in `expiresAt`. A cursor that no list has returned is `input_invalid`.
   * `within` names the member of the query whose keys alone are read. Throws `workspace_not_found` unless the `managerId` manages the
   * workspace in the moment that the page shows.
   */
  listKeys(query: KeyQuery, by?: Caller | null): Promise<Page<ListedKey>>

  /**
   * Lists the keys that `listKeys` lists by `createdAt`, in the same order, each written as JSON by the form. A page whose text gets long
   * ends before its limit, and its `next` continues behind its last key.
   */
  listKeyTexts(query: KeyTextQuery, form: KeyForm, by?: Caller | null): Promise<KeyTexts>

  /**
   * Updates the order of `listKeys` by `spent` from the sums, for at most `limit` keys, including those that an earlier process left
   * undone. Returns the number of processed keys: fewer than `limit` once the order equals that of the sums.
   */
  refreshSpentOrder(limit: number): Promise<number>

  /**
   * Updates the search index from names and masks, for at most `limit` keys. Does nothing while fewer than `limit` are pending, because
   * `listKeys` compares these one by one. Returns the number of processed keys: 0 once there is nothing more to do.
   */
  refreshSearch(limit: number): Promise<number>

  /**
   * Moves `lastUsedAt` forward, never back, and adds to `requestCount`; changes neither revision nor `updatedAt`. Unknown keys are
   * ignored.
   */
  recordUses(uses: KeyUse[]): Promise<void>

  /**
   * The id, owner and workspace of each named key, also of revoked ones and through expired secrets, by the name in the request. Names
   * that belong to no key are missing from the result. Up to 1,000 names in a constant number of queries.
   */
  resolveKeys(refs: KeyRef[]): Promise<Map<KeyId | Digest, Payer>>
}
