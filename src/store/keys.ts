import type { Act, AuditRecord } from '../core/access/audit-entry.ts'
import type { Actor } from '../core/access/warrant.ts'
import type { Instant } from '../core/ground/clock.ts'
import type { Page } from '../core/ground/page.ts'
import type { Caller } from '../core/ground/turns.ts'
import type { KeyQuery, KeyRef, ListedKey } from '../core/keys/queries.ts'
import type { Remember } from '../core/keys/remembered.ts'
import type { Payer } from '../core/ledger/entries.ts'
import type { Digest, Key, KeyId, User } from '../core/types.ts'
import type { KeyFacts, KeyUse } from '../core/verify/key-facts.ts'
import type { Decide, KeyContext } from './change.ts'

/** The owner and the creator of a new key, as they are in its transaction. */
export interface Standing {
  owner: User
  actor: Actor | null
  /** Whether the owner belongs to the key's workspace. */
  isMember: boolean
}

/** What is written down about a new key, and who may still speak against it. */
export interface KeyCreation {
  act: Act
  audit: AuditRecord
  remember?: Remember<Key>
  /** How many keys that are not revoked the owner may have, this one included; null for any number. */
  keysMax?: (owner: User) => number | null
  allow?: (standing: Standing) => void
  /** What is written down about an owner that joins the key's workspace by this; null for one that need not. */
  letIn?: (owner: User) => AuditRecord | null
}

/** The durable keys and their secrets. Every sentence is an obligation that the conformance suite tests. */
export interface KeyStore {
  /**
   * Adds a key with its secrets. `allow` looks at the owner and the actor as they stand, and throws what speaks against it. An
   * owner that does not belong to the workspace joins it by `letIn`, as a change of its own, while there is room for members.
   * Faults: `key_id_taken` (also by a revoked key), `secret_taken`, `user_not_found` (owner missing or deleted),
   * `workspace_not_found` (missing or deleted), `too_many_keys` (more than `keysMax`, however many are made at once), and
   * whatever `allow` throws.
   */
  createKey(key: Key, record: KeyCreation): Promise<Key>

  /**
   * Locks the key, lets `decide` look at it (also at a revoked one), and writes what it decided: every member but identity
   * (`id`, `hash`, `createdAt`) and what traffic moves (`lastUsedAt`, `requestCount`), new secrets, and changed secret
   * expiries; secrets are never removed. Concurrent changes of one key see each other's
   * result. Returns the key as it now stands, unchanged if `decide` gave null. Faults: `key_not_found`, `secret_taken`,
   * `workspace_not_found`, `user_not_found` (for a new owner), and whatever `decide` throws.
   */
  changeKey(
    ref: KeyRef,
    decide: Decide<Key, KeyContext>,
    record: { act: Act; remember?: Remember<Key> },
  ): Promise<Key>

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
   * Lists keys, each with its owner and its standing at `at`. Pages of one query neither repeat nor miss a key that exists unchanged throughout, in any order of
   * inserts between them. Equal sort values are ordered by id, in the same direction as the sort. Never-used keys count as used at instant 0; keys without expiry come
   * last in `expiresAt`. A cursor that no list has given out is `input_invalid`.
   */
  listKeys(query: KeyQuery, by?: Caller | null): Promise<Page<ListedKey>>

  /**
   * Lets the order of `listKeys` by `spent` follow the sums, for at most `limit` keys; also those that a process which has
   * ended left behind. Returns how many keys it has dealt with: fewer than `limit` once the order is that of the sums.
   */
  refreshSpentOrder(limit: number): Promise<number>

  /**
   * Lets the search index follow names and masks, for at most `limit` keys; fewer than `limit` that wait are left for later, since `listKeys` looks
   * through them as they are. Returns how many it has dealt with: 0 once there is nothing more to do.
   */
  refreshSearch(limit: number): Promise<number>

  /** Moves `lastUsedAt` forward, never back, and adds to `requestCount`; touches neither revision nor `updatedAt`. Unknown keys are passed over. */
  recordUses(uses: KeyUse[]): Promise<void>

  /**
   * The id, owner and workspace of each named key, also of revoked ones and through expired secrets, by the name it was asked for
   * with. Names that belong to no key are missing from the answer. Up to 1,000 names in a constant number of queries.
   */
  resolveKeys(refs: KeyRef[]): Promise<Map<KeyId | Digest, Payer>>
}
