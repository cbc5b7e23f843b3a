import type { Instant } from './ground/clock.ts'
import type { NanoUsd } from './money/money.ts'
import type { Limits, LimitWindow } from './money/windows.ts'

/** A key's stable identifier: a UUID, lower case, v7 unless the caller chose it. */
export type KeyId = string & { readonly __brand: 'KeyId' }
/** A user's stable identifier: a UUID, lower case. */
export type UserId = string & { readonly __brand: 'UserId' }
/** A workspace's stable identifier: a UUID, lower case. */
export type WorkspaceId = string & { readonly __brand: 'WorkspaceId' }
/** Lower-case hex SHA-256 of the whole text of a secret (64 characters). */
export type Digest = string & { readonly __brand: 'Digest' }
/** The gap-free number that every change of a key, user or workspace increments; 0 before the first change. */
export type Revision = number

/** The precondition of a change: the record must have one of these revisions, else `revision_mismatch`. Absent: any. */
export interface Expected {
  ifRevision?: readonly Revision[]
}

/** The access of a key: it may `use` the data plane, `manage` the control plane, or both. */
export type Access = 'use' | 'manage' | 'full'
/** Every access, for schemas and checks. */
export const ACCESSES = ['use', 'manage', 'full'] as const satisfies readonly Access[]

/** Control-plane role of a user (GoodMem's; SERVICE is ours: it verifies and reports, and manages nothing). */
export type Role = 'ROOT' | 'ADMIN' | 'USER' | 'SERVICE'
/** Every role, most powerful first. */
export const ROLES = ['ROOT', 'ADMIN', 'USER', 'SERVICE'] as const satisfies readonly Role[]

/** The status of a key at one instant; derived, never stored. */
export type KeyStatus = 'active' | 'disabled' | 'expired' | 'not_yet_valid' | 'revoked'
/** Every status, for schemas. */
export const KEY_STATUSES = [
  'active',
  'disabled',
  'expired',
  'not_yet_valid',
  'revoked',
] as const satisfies readonly KeyStatus[]

/** One named request rate of a key: at most `limit` units in any `windowMs`. */
export interface RateLimit {
  name: string
  limit: number
  windowMs: number
}

/** One secret of a key as stored: never the text itself. */
export interface StoredSecret {
  digest: Digest
  /** `<prefix>_<3>...<last 3>`, safe to show. */
  mask: string
  /** The first 8 characters: GoodMem's `keyPrefix`. */
  keyPrefix: string
  /** True for a text that is not of our own form, so it was imported. */
  foreign: boolean
  createdAt: Instant
  /** When an older secret's overlap ends, or `ENDED` of `keys/life.ts`; null for the current one. */
  expiresAt: Instant | null
  /**
   * All other users who have seen the secret, sorted: its creator, those who had seen the credential that created it, and former owners of
   * its key.
   */
  seenBy: readonly UserId[]
}

/** A temporary increase of one limit. It ends by itself; the spent amounts stay. */
export interface Boost {
  amount: NanoUsd
  /** First instant at which it no longer counts. */
  until: Instant
  /** The role of its author at that time; absent in boosts from before that was remembered. */
  by?: Role
}

/** The boosts, in force or over, one per window. */
export type Boosts = { [W in LimitWindow]?: Boost }

/**
 * The restrictions that others than the owner have set on a record: by the name of the member, the role of the author at that time and
 * the value. A lower role may not loosen it beyond that value.
 */
export type Restrictions = { [member: string]: Restriction }

/** One of them. */
export interface Restriction {
  by: Role
  value: unknown
  /** Marks a value from the record's creation. */
  given?: true
  /** Beside `given`: the role that the record's owner had then. Absent for workspaces, and for values from before this was remembered. */
  of?: Role
  /** What other roles have set of the same member, where that binds, too: an ADMIN may narrow what a ROOT has set. */
  also?: Omit<Restriction, 'also'>[]
}

/** The spending limits of a record: caps per window, and how usage paid elsewhere counts against them. */
export interface Allowance {
  /** USD caps per window; a missing window has none. */
  limits: Limits
  /** Temporary increases; only keys have them. */
  boosts?: Boosts
  includeByokInLimit: boolean
}

/** A key: the record behind one or more secrets. */
export interface Key extends Allowance {
  boosts: Boosts
  id: KeyId
  /** Digest of the key's first secret; never changes. */
  hash: Digest
  name: string
  access: Access
  disabled: boolean
  ownerId: UserId
  workspaceId: WorkspaceId
  externalUserId: string | null
  labels: Record<string, string>
  permissions: string[]
  /** The window of the limit to show where only one can be shown; null until a caller names one. */
  mainWindow: LimitWindow | null
  rateLimits: RateLimit[]
  /** CIDR blocks or single addresses; empty allows every address. */
  allowedIps: string[]
  notBefore: Instant | null
  /** First instant at which the key no longer works; null for never. */
  expiresAt: Instant | null
  lastUsedAt: Instant | null
  /** How often the key passed a verify or served as a credential. It is collected in memory, so a crash may lose up to five seconds. */
  requestCount: number
  createdAt: Instant
  /** Null until the first change. */
  updatedAt: Instant | null
  createdById: UserId
  updatedById: UserId
  revokedAt: Instant | null
  revokedReason: string | null
  restrictions: Restrictions
  /** The revision of the key's last change. */
  revision: Revision
  /** The current secret first, then older ones whose overlap was not ended, newest first. */
  secrets: [StoredSecret, ...StoredSecret[]]
}

/** The bounds of the power that a user may grant to any key. `null` means no bound. */
export interface GrantPolicy {
  /** Patterns of the data-plane permissions that may be granted; `null` for any. */
  permissions: string[] | null
  /** The most that a granted key may spend per window; a missing window is unbounded. */
  limits: Limits
  /** The longest life of a granted key in milliseconds; `null` for any. */
  keyLifetimeMs: number | null
}

/** A user. Users own keys; the allowance caps all keys of a user together. */
export interface User extends Allowance {
  id: UserId
  username: string
  /** Unique without regard to letter case; null for a user without one. */
  email: string | null
  displayName: string
  externalId: string | null
  role: Role
  disabled: boolean
  policy: GrantPolicy
  restrictions: Restrictions
  createdAt: Instant
  updatedAt: Instant | null
  revision: Revision
}

/** An isolated group of keys. The allowance caps all of them together. */
export interface Workspace extends Allowance {
  id: WorkspaceId
  /** Lower-case words joined by single hyphens, unique. */
  slug: string
  name: string
  description: string | null
  /** True for the one workspace that always exists. */
  isDefault: boolean
  createdById: UserId | null
  restrictions: Restrictions
  createdAt: Instant
  updatedAt: Instant | null
  revision: Revision
}
