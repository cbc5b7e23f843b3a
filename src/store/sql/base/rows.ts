import type { Insertable, Selectable, Updateable } from 'kysely'
import { boundedMembers } from '../../../core/access/audit-bounds.ts'
import type { Act, AuditEntry, AuditRecord } from '../../../core/access/audit-entry.ts'
import type { Instant } from '../../../core/ground/clock.ts'
import type { LimitWindow } from '../../../core/money/windows.ts'
import type {
  Access,
  Digest,
  GrantPolicy,
  Key,
  KeyId,
  RateLimit,
  Restrictions,
  Role,
  StoredSecret,
  User,
  UserId,
  Workspace,
  WorkspaceId,
} from '../../../core/types.ts'
import {
  amountTexts,
  boostsText,
  limitColumns,
  readAllowance,
  readAmounts,
  readBoosts,
} from '../people/allowance-rows.ts'
import { readKeyRestrictions } from './restriction-rows.ts'
import {
  type AuditTable,
  type KeyTable,
  type KeyTotalTable,
  NEVER,
  type SecretTable,
  UNUSED,
  type UserTable,
  type WorkspaceTable,
} from './tables.ts'

// The only place that converts rows to records and records to rows. Both engines return every integer as a bigint; times and counts fit
// into a number, money stays a bigint.

/** A boolean in its stored form. */
export function flag(value: boolean): bigint {
  return value ? 1n : 0n
}

/** A time or count in its stored form. */
export function integer(value: number): bigint {
  return BigInt(value)
}

/** An optional time or count in its stored form, for a column without a sentinel. */
export function optional(value: number | null): bigint | null {
  return value === null ? null : BigInt(value)
}

/** An expiry in its stored form. */
export function expiry(value: Instant | null): bigint {
  return value === null ? NEVER : BigInt(value)
}

/** Reads an expiry from its stored form. */
export function readExpiry(value: bigint): Instant | null {
  return value === NEVER ? null : Number(value)
}

/**
 * The columns of a key's row that a change of the key writes: all but its identity, the revision, which comes last, and those that only
 * traffic changes.
 */
export function keyChanges(key: Key): Updateable<KeyTable> & Omit<Insertable<KeyTable>, KeyIdentity> {
  return {
    name: key.name,
    access: key.access,
    disabled: flag(key.disabled),
    owner_id: key.ownerId,
    workspace_id: key.workspaceId,
    external_user_id: key.externalUserId,
    labels: JSON.stringify(key.labels),
    permissions: JSON.stringify(key.permissions),
    ...limitColumns(key),
    boosts: boostsText(key.boosts),
    openrouter_window: key.mainWindow,
    rate_limits: JSON.stringify(key.rateLimits),
    allowed_ips: JSON.stringify(key.allowedIps),
    not_before: optional(key.notBefore),
    expires_at: expiry(key.expiresAt),
    updated_at: optional(key.updatedAt),
    created_by_id: key.createdById,
    updated_by_id: key.updatedById,
    revoked: flag(key.revokedAt !== null),
    revoked_at: optional(key.revokedAt),
    revoked_reason: key.revokedReason,
    restrictions: JSON.stringify(key.restrictions),
  }
}

type KeyIdentity = 'id' | 'hash' | 'created_at' | 'revision'

/** The row of a new key, before it has its revision. */
export function keyRow(key: Key): Insertable<KeyTable> {
  return { ...keyChanges(key), id: key.id, hash: key.hash, created_at: integer(key.createdAt), revision: 0n }
}

/** The columns of `key_totals` that belong to the key's record. */
export type KeyUseColumns = Pick<Selectable<KeyTotalTable>, 'last_used_at' | 'request_count'>

/** The key of its rows and its secrets, the current one first. */
export function readKey(row: Selectable<KeyTable> & KeyUseColumns, secrets: Key['secrets']): Key {
  const key: Key = {
    id: row.id as KeyId,
    hash: row.hash as Digest,
    name: row.name,
    access: row.access as Access,
    disabled: row.disabled === 1n,
    ownerId: row.owner_id as UserId,
    workspaceId: row.workspace_id as WorkspaceId,
    externalUserId: row.external_user_id,
    labels: JSON.parse(row.labels) as Record<string, string>,
    permissions: JSON.parse(row.permissions) as string[],
    ...readAllowance(row),
    boosts: readBoosts(row.boosts),
    mainWindow: row.openrouter_window as LimitWindow | null,
    rateLimits: JSON.parse(row.rate_limits) as RateLimit[],
    allowedIps: JSON.parse(row.allowed_ips) as string[],
    notBefore: optionalNumber(row.not_before),
    expiresAt: readExpiry(row.expires_at),
    lastUsedAt: row.last_used_at === UNUSED ? null : Number(row.last_used_at),
    requestCount: Number(row.request_count),
    createdAt: Number(row.created_at),
    updatedAt: optionalNumber(row.updated_at),
    createdById: row.created_by_id as UserId,
    updatedById: row.updated_by_id as UserId,
    revokedAt: optionalNumber(row.revoked_at),
    revokedReason: row.revoked_reason,
    restrictions: {},
    revision: Number(row.revision),
    secrets,
  }
  return { ...key, restrictions: readKeyRestrictions(row.restrictions, key) }
}

/** The columns of a key's totals that repeat columns of the key. */
export function placeColumns({ ownerId, workspaceId, revokedAt }: Key): KeyPlace {
  return { owner_id: ownerId, workspace_id: workspaceId, revoked: flag(revokedAt !== null) }
}

type KeyPlace = Pick<Insertable<KeyTotalTable>, 'owner_id' | 'workspace_id' | 'revoked'>

/** The totals of a new key, which has spent nothing. */
export function totalsRow(key: Key): Insertable<KeyTotalTable> {
  return {
    key_id: key.id,
    ...placeColumns(key),
    last_used_at: key.lastUsedAt === null ? UNUSED : BigInt(key.lastUsedAt),
    request_count: integer(key.requestCount),
    amount: 0n,
    byok_amount: 0n,
    requests: 0n,
    listed_amount: 0n,
  }
}

/** The row of a key's secret; `ordinal` rises from its oldest secret to the current one. */
export function secretRow(
  secret: StoredSecret,
  place: { keyId: KeyId; ordinal: number },
): Insertable<SecretTable> {
  return {
    digest: secret.digest,
    key_id: place.keyId,
    ordinal: integer(place.ordinal),
    mask: secret.mask,
    key_prefix: secret.keyPrefix,
    is_foreign: flag(secret.foreign),
    created_at: integer(secret.createdAt),
    expires_at: expiry(secret.expiresAt),
    seen_by: seersText(secret.seenBy),
  }
}

/** The secret of a row. */
export function readSecret(row: Selectable<SecretTable>): StoredSecret {
  return {
    digest: row.digest as Digest,
    mask: row.mask,
    keyPrefix: row.key_prefix,
    foreign: row.is_foreign === 1n,
    createdAt: Number(row.created_at),
    expiresAt: readExpiry(row.expires_at),
    seenBy: readSeers(row.seen_by),
  }
}

/** The users who have seen a secret, in their stored form; they are sorted, so equal ones have the same. */
export function seersText(seenBy: readonly UserId[]): string | null {
  return seenBy.length === 0 ? null : seenBy.join(' ')
}

/** Reads them from their stored form. */
export function readSeers(text: string | null): readonly UserId[] {
  return text === null ? NOBODY : (text.split(' ') as UserId[])
}

const NOBODY: readonly UserId[] = []

/** Names and addresses without their letter case, for look-ups and for comparing unique ones. */
export function folded(text: string): string {
  return text.toLowerCase()
}

/** The columns of a user's row that a change of the user writes. */
export function userChanges(user: User): Updateable<UserTable> & Omit<Insertable<UserTable>, UserIdentity> {
  return {
    username: user.username,
    username_folded: folded(user.username),
    email: user.email,
    email_folded: user.email === null ? null : folded(user.email),
    display_name: user.displayName,
    external_id: user.externalId,
    role: user.role,
    disabled: flag(user.disabled),
    ...limitColumns(user),
    policy: policyText(user.policy),
    restrictions: JSON.stringify(user.restrictions),
    updated_at: optional(user.updatedAt),
  }
}

type UserIdentity = 'id' | 'created_at' | 'deleted_at' | 'revision'

/** The row of a new user, before it has its revision. */
export function userRow(user: User): Insertable<UserTable> {
  return {
    ...userChanges(user),
    id: user.id,
    created_at: integer(user.createdAt),
    deleted_at: null,
    revision: 0n,
  }
}

/** The user of a row. */
export function readUser(row: Selectable<UserTable>): User {
  return {
    id: row.id as UserId,
    username: row.username,
    email: row.email,
    displayName: row.display_name,
    externalId: row.external_id,
    role: row.role as Role,
    disabled: row.disabled === 1n,
    ...readAllowance(row),
    policy: readPolicy(row.policy),
    restrictions: JSON.parse(row.restrictions) as Restrictions,
    createdAt: Number(row.created_at),
    updatedAt: optionalNumber(row.updated_at),
    revision: Number(row.revision),
  }
}

/** The columns of a workspace's row that a change of the workspace writes. */
export function workspaceChanges(
  workspace: Workspace,
): Updateable<WorkspaceTable> & Omit<Insertable<WorkspaceTable>, WorkspaceIdentity> {
  return {
    slug: workspace.slug,
    name: workspace.name,
    description: workspace.description,
    is_default: flag(workspace.isDefault),
    ...limitColumns(workspace),
    created_by_id: workspace.createdById,
    restrictions: JSON.stringify(workspace.restrictions),
    updated_at: optional(workspace.updatedAt),
  }
}

type WorkspaceIdentity = 'id' | 'created_at' | 'deleted_at' | 'revision'

/** The row of a new workspace, before it has its revision. */
export function workspaceRow(workspace: Workspace): Insertable<WorkspaceTable> {
  const { id, createdAt } = workspace
  return {
    ...workspaceChanges(workspace),
    id,
    created_at: integer(createdAt),
    deleted_at: null,
    revision: 0n,
  }
}

/** The workspace of a row. */
export function readWorkspace(row: Selectable<WorkspaceTable>): Workspace {
  return {
    id: row.id as WorkspaceId,
    slug: row.slug,
    name: row.name,
    description: row.description,
    isDefault: row.is_default === 1n,
    ...readAllowance(row),
    createdById: row.created_by_id as UserId | null,
    restrictions: JSON.parse(row.restrictions) as Restrictions,
    createdAt: Number(row.created_at),
    updatedAt: optionalNumber(row.updated_at),
    revision: Number(row.revision),
  }
}

/** The row of an audit entry; its revision is null for a denied attempt. */
export function auditRow(entry: {
  id: string
  act: Act
  audit: AuditRecord
  revision: bigint | null
}): Insertable<AuditTable> {
  const { id, act, audit, revision } = entry
  const { before, after } = boundedMembers(audit)
  return {
    id,
    at: integer(act.at),
    action: audit.action,
    outcome: revision === null ? 'denied' : 'done',
    target_kind: audit.target.kind,
    target_id: audit.target.id,
    actor_user_id: act.userId,
    actor_key_id: act.keyId,
    request_id: act.requestId,
    ip: act.ip,
    before: jsonObject(before),
    after: jsonObject(after),
    reason: audit.reason,
    revision,
    count: 1n,
    last_at: integer(act.at),
  }
}

/** The audit entry of a row. */
export function readAudit(row: Selectable<AuditTable>): AuditEntry {
  return {
    id: row.id,
    at: Number(row.at),
    count: Number(row.count),
    lastAt: Number(row.last_at ?? row.at),
    action: row.action,
    outcome: row.outcome as AuditEntry['outcome'],
    target: { kind: row.target_kind as AuditRecord['target']['kind'], id: row.target_id },
    actorUserId: row.actor_user_id as UserId | null,
    actorKeyId: row.actor_key_id as KeyId | null,
    requestId: row.request_id,
    ip: row.ip,
    before: readObject(row.before),
    after: readObject(row.after),
    reason: row.reason,
    revision: optionalNumber(row.revision),
  }
}

/** An optional time or count of a column. */
export function optionalNumber(value: bigint | null): number | null {
  return value === null ? null : Number(value)
}

function policyText({ permissions, limits, keyLifetimeMs }: GrantPolicy): string {
  return JSON.stringify({ permissions, limits: amountTexts(limits), keyLifetimeMs })
}

function readPolicy(text: string): GrantPolicy {
  const { permissions, limits, keyLifetimeMs } = JSON.parse(text) as Omit<GrantPolicy, 'limits'> & {
    limits: { [W in LimitWindow]?: string }
  }
  return { permissions, limits: readAmounts(limits), keyLifetimeMs }
}

// JSON has no bigint; as a decimal text it keeps its digits.
function jsonObject(value: Record<string, unknown> | null): string | null {
  if (value === null) return null
  return JSON.stringify(value, (_, member) => (typeof member === 'bigint' ? String(member) : member))
}

function readObject(text: string | null): Record<string, unknown> | null {
  return text === null ? null : (JSON.parse(text) as Record<string, unknown>)
}
