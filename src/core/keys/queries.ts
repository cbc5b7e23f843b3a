// Tests: src/store/conformance/key-pages.conformance.ts
import type { Instant } from '../ground/clock.ts'
import type { Cursor } from '../ground/page.ts'
import type { NanoUsd } from '../money/money.ts'
import type { Spend } from '../money/spend.ts'
import type { LimitWindow } from '../money/windows.ts'
import type { Access, Digest, Key, KeyId, KeyStatus, User, UserId, WorkspaceId } from '../types.ts'

/** How a key is named: by its id, or by the digest of its first or of any live secret. */
export type KeyRef = { id: KeyId } | { digest: Digest }

/** The text by which a key is named. */
export function nameOf(ref: KeyRef): KeyId | Digest {
  return 'id' in ref ? ref.id : ref.digest
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
  /**
   * The member beside it that bounds what the caller may see; absent for a caller that sees all keys. Keys outside are not even read, so
   * that neither a page nor its `next` depends on them.
   */
  within?: 'workspaceId' | 'ownerId'
  /** Only in workspaces that this user belongs to. */
  memberId?: UserId
  /** With a workspace: only while this user is a manager of it. */
  managerId?: UserId
  /** `revoked` keys are listed only when this asks for them. A key is `disabled` with its owner, too. */
  status?: KeyStatus
  access?: Access
  /** The customer whom a key stands for, exactly. */
  externalUserId?: string
  /** False leaves out disabled keys, whatever their status. */
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
  /** Made before this instant. */
  createdBefore?: Instant
  /** Has no limit of its own. */
  unlimited?: true
  /** Has no expiry. */
  neverExpires?: true
  /** Has used 80 % of one of its limits in a window that runs now. */
  nearLimit?: true
  sort: KeySort
  limit: number
  /** Exclusive start; from a page's `next` of the same query. */
  after?: Cursor
  /** Rows to skip, for the one dialect that pages so; never together with `after`. */
  offset?: number
  /** The instant at which `status` is judged. */
  at: Instant
}

/** A key of a list, with its owner and the usage that its limits are measured against; all as of one moment. */
export interface ListedKey {
  key: Key
  /** Null for the revoked key of a user that has been deleted. */
  owner: User | null
  spend: Spend
  /** What open reservations hold, in the windows of the query's instant. */
  reserved: Record<LimitWindow, NanoUsd>
}
