import type { Act, AuditRecord } from '../../src/core/access/audit-entry.ts'
import type { Instant } from '../../src/core/ground/clock.ts'
import type { AccountId, AccountState, UsageEvent } from '../../src/core/ledger/entries.ts'
import type {
  Digest,
  Key,
  KeyId,
  StoredSecret,
  User,
  UserId,
  Workspace,
  WorkspaceId,
} from '../../src/core/types.ts'
import type { Store } from '../../src/store/store.ts'

/** The time at which the records below are made: noon of an ordinary Sunday, 2026-11-22. */
export const NOON: Instant = Date.parse('2026-11-22T12:00:00.000Z')

/** The n-th id; ids sort like their numbers. */
export function idOf<Id extends string>(n: number): Id {
  return `00000000-0000-7000-8000-${String(n).padStart(12, '0')}` as Id
}

/** The n-th digest of a secret. */
export function digestNumber(n: number): Digest {
  return n.toString(16).padStart(64, '0') as Digest
}

/** The root user of {@link seed}. */
export const ROOT_USER = idOf<UserId>(1)
/** The default workspace of {@link seed}. */
export const DEFAULT_WORKSPACE = idOf<WorkspaceId>(2)
/** The root key of {@link seed}. */
export const ROOT_KEY = idOf<KeyId>(3)

/** The n-th user, with the role USER. */
export function userNumber(n: number, members: Partial<User> = {}): User {
  return {
    id: idOf(n),
    username: `user-${n}`,
    email: `user-${n}@example.org`,
    displayName: `User ${n}`,
    externalId: null,
    role: 'USER',
    disabled: false,
    limits: {},
    includeByokInLimit: false,
    policy: { permissions: null, limits: {}, keyLifetimeMs: null },
    restrictions: {},
    createdAt: NOON,
    updatedAt: null,
    revision: 0,
    ...members,
  }
}

/** The n-th workspace. */
export function workspaceNumber(n: number, members: Partial<Workspace> = {}): Workspace {
  return {
    id: idOf(n),
    slug: `workspace-${n}`,
    name: `Workspace ${n}`,
    description: null,
    isDefault: false,
    limits: {},
    includeByokInLimit: false,
    createdById: ROOT_USER,
    restrictions: {},
    createdAt: NOON,
    updatedAt: null,
    revision: 0,
    ...members,
  }
}

/** A current secret with the n-th digest. */
export function secretNumber(n: number, members: Partial<StoredSecret> = {}): StoredSecret {
  const digest = digestNumber(n)
  const mask = `lk_${String(n).padStart(3, '0').slice(-3)}...zzz`
  return {
    digest,
    mask,
    keyPrefix: mask.slice(0, 6),
    foreign: false,
    createdAt: NOON,
    expiresAt: null,
    seenBy: [],
    ...members,
  }
}

/** The n-th key: of the root user, in the default workspace, with the n-th secret and defaults for the rest. */
export function keyNumber(n: number, members: Partial<Key> = {}): Key {
  return {
    id: idOf(n),
    hash: digestNumber(n),
    name: `Key ${n}`,
    access: 'full',
    disabled: false,
    ownerId: ROOT_USER,
    workspaceId: DEFAULT_WORKSPACE,
    externalUserId: null,
    labels: {},
    permissions: [],
    limits: {},
    boosts: {},
    includeByokInLimit: false,
    mainWindow: null,
    rateLimits: [],
    allowedIps: [],
    notBefore: null,
    expiresAt: null,
    lastUsedAt: null,
    requestCount: 0,
    createdAt: NOON,
    updatedAt: null,
    createdById: ROOT_USER,
    updatedById: ROOT_USER,
    revokedAt: null,
    revokedReason: null,
    restrictions: {},
    revision: 0,
    secrets: [secretNumber(n)],
    ...members,
  }
}

/** An act of the root user at an instant. */
export function actAt(at: Instant = NOON, members: Partial<Act> = {}): Act {
  return {
    at,
    userId: ROOT_USER,
    keyId: ROOT_KEY,
    requestId: 'req-1',
    ip: '192.0.2.1',
    warrant: null,
    ...members,
  }
}

/** The audit record of a change, for tests to which it does not matter. */
export function auditOf(
  kind: AuditRecord['target']['kind'],
  id: string,
  action = `${kind}.test`,
): AuditRecord {
  return { action, target: { kind, id }, before: null, after: null, reason: null }
}

/** A usage event of a key of the root user in the default workspace: one request for 1 USD at noon. */
export function eventOf(keyId: KeyId, id: string, members: Partial<UsageEvent> = {}): UsageEvent {
  return {
    id,
    keyId,
    ownerId: ROOT_USER,
    workspaceId: DEFAULT_WORKSPACE,
    amount: 1_000_000_000n,
    byokAmount: 0n,
    requests: 1,
    at: NOON,
    recordedAt: NOON,
    reportedBy: null,
    meta: {},
    ...members,
  }
}

/** The root user, the default workspace and the root key: revisions 1 to 3. */
export async function seed(store: Store): Promise<void> {
  const user = userNumber(1, { username: 'root', email: 'root@example.org', role: 'ROOT' })
  const workspace = workspaceNumber(2, { slug: 'default', name: 'Default', isDefault: true })
  await store.initialize(
    { user, workspace, key: keyNumber(3, { name: 'root' }) },
    actAt(NOON, { userId: null, keyId: null }),
  )
}

/** Adds the n-th key. */
export function addKey(store: Store, n: number, members: Partial<Key> = {}): Promise<Key> {
  const key = keyNumber(n, members)
  return store.createKey(key, { act: actAt(), audit: auditOf('key', key.id, 'key.create') })
}

/** Adds the n-th user. */
export function addUser(store: Store, n: number, members: Partial<User> = {}): Promise<User> {
  const user = userNumber(n, members)
  return store.createUser(user, { act: actAt(), audit: auditOf('user', user.id, 'user.create') })
}

/** Adds the n-th workspace. */
export function addWorkspace(store: Store, n: number, members: Partial<Workspace> = {}): Promise<Workspace> {
  const workspace = workspaceNumber(n, members)
  return store.createWorkspace(workspace, {
    act: actAt(),
    audit: auditOf('workspace', workspace.id, 'workspace.create'),
  })
}

/** Changes some members of a key. */
export function patchKey(store: Store, id: KeyId, members: Partial<Key>, at: Instant = NOON): Promise<Key> {
  return store.changeKey(
    { id },
    (current) => ({ next: { ...current, ...members }, audit: auditOf('key', id, 'key.update') }),
    { act: actAt(at) },
  )
}

/** Revokes a key. */
export function revokeKey(store: Store, id: KeyId, at: Instant = NOON): Promise<Key> {
  return patchKey(store, id, { revokedAt: at, revokedReason: 'test' }, at)
}

/** Reads one account. */
export async function readAccount(store: Store, account: AccountId, at: Instant): Promise<AccountState> {
  const [state] = await store.readAccounts([account], at)
  if (state === undefined) throw new Error('Every account that is asked for is answered.')
  return state
}
