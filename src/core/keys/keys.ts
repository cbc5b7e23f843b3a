import type { Decide } from '../../store/change.ts'
import type { KeyStore } from '../../store/keys.ts'
import type { LedgerStore } from '../../store/ledger.ts'
import type { UserStore, WorkspaceStore } from '../../store/people.ts'
import { requireAbility, requireReach } from '../access/abilities.ts'
import { actOf, auditedKey, type Call, changedMembers } from '../access/audit.ts'
import { checkDelegation, powerOf } from '../access/delegation.ts'
import type { Clock, Instant, RandomBytes } from '../ground/clock.ts'
import { Fault } from '../ground/faults.ts'
import type { NewId } from '../ground/ids.ts'
import type { Page } from '../ground/page.ts'
import { mintSecret, type Secret, storedSecret } from '../ground/secret.ts'
import { boosted, noReserved, noSpend } from '../money/budgets.ts'
import type { NanoUsd } from '../money/money.ts'
import type { Spend } from '../money/spend.ts'
import type { LimitWindow } from '../money/windows.ts'
import type { Boost, Expected, Key, KeyId, StoredSecret, User, UserId, WorkspaceId } from '../types.ts'
import type { Facts } from '../verify/facts.ts'
import { applyPatch, checkKey, type KeyPatch, type NewKey, newKey } from './new-key.ts'
import type { KeyQuery, KeyRef } from './queries.ts'
import type { Remember } from './remembered.ts'

/** A key with its owner and the usage that its limits are measured against, read at `at`. */
export interface KeyView {
  key: Key
  /** Null for the revoked key of a user that has been deleted. */
  owner: User | null
  spend: Spend
  /** What open reservations hold, in the windows of `at`. */
  reserved: Record<LimitWindow, NanoUsd>
  at: Instant
}

/** What a revocation did and how far it reaches (spec.md §3.1). */
export interface RevocationReceipt {
  id: KeyId
  revision: Key['revision']
  /** How many nodes stopped accepting the key before this answer. */
  nodes: number
  at: Instant
}

/** All that can be done with keys. Every call checks what its caller may do; see spec.md §2 "Access and authority". */
export interface Keys {
  /** Makes a key and its secret, which is shown this once. Owner and workspace default to the caller and the default workspace. */
  create(call: Call, input: NewKey, remember?: RememberKey): Promise<{ view: KeyView; secret: Secret }>
  /** Reads one key, also a revoked one. */
  get(call: Call, ref: KeyRef, reading?: RevokedReading): Promise<KeyView>
  /** The key that the caller itself holds, whatever its access. */
  own(call: Call): Promise<KeyView>
  /** Lists keys; a caller that may only see its own gets only those. */
  list(call: Call, query: Omit<KeyQuery, 'at'>): Promise<Page<KeyView>>
  /** Changes a key. A patch that changes nothing leaves it untouched. */
  update(call: Call, ref: KeyRef, change: KeyChange & RevokedReading): Promise<KeyView>
  /** Gives the key a new secret; the old ones work until the overlap ends or the key expires, whichever is first. */
  rotate(
    call: Call,
    ref: KeyRef,
    rotation: { overlapMs: number; prefix?: string; remember?: RememberKey } & Expected,
  ): Promise<{ view: KeyView; secret: Secret }>
  /** Ends the overlap of a rotation: only the current secret works from now on. */
  endOverlap(call: Call, ref: KeyRef, order?: Expected): Promise<KeyView>
  /**
   * Raises one limit for a time, or with null ends the raise. The boosted limit passes the same delegation check as a
   * limit. Throws `limit_missing` where there is nothing to boost.
   */
  boost(
    call: Call,
    ref: KeyRef,
    order: { window: LimitWindow; boost: Boost | null } & Expected,
  ): Promise<KeyView>
  /** Ends a key for good. The second time it answers the first receipt. */
  revoke(
    call: Call,
    ref: KeyRef,
    order: { reason: string | null } & Expected & RevokedReading,
  ): Promise<RevocationReceipt>
}

/** Stores the answer to an Idempotency-Key together with the key. */
export type RememberKey = Omit<Remember<Key>, 'answer'> & {
  answer: (view: KeyView) => ReturnType<Remember<Key>['answer']>
}

/** How a caller's dialect reads revoked keys. */
export interface RevokedReading {
  /** A revoked key is `key_not_found` to everybody, before it is asked whose it was. */
  revokedIsGone?: true
}

/** A change of a key: the patch, or how to make it from the key as it stands under the lock. */
export interface KeyChange extends Expected {
  patch: KeyPatch | ((key: Key) => KeyPatch)
}

interface Parts {
  store: KeyStore & LedgerStore & UserStore & WorkspaceStore
  facts: Facts
  clock: Clock
  random: RandomBytes
  newId: NewId
  /** Prefix of secrets when the caller names none. */
  defaultPrefix: string
}

/** Builds the operations on keys. */
export function createKeys(parts: Parts): Keys {
  const { store, facts, clock } = parts

  async function ownerFor(call: Call, id: UserId): Promise<User> {
    const foreign = requireAbility(call.principal, 'CREATE_APIKEY') === 'OWN' && id !== call.principal.user.id
    if (foreign) throw new Fault('user_foreign', { errors: [NO_SUCH_OWNER] })
    const owner = await store.findUser({ id })
    if (owner === null) throw new Fault('user_not_found', { errors: [NO_SUCH_OWNER] })
    return owner
  }

  async function workspaceFor(id: WorkspaceId | undefined): Promise<WorkspaceId> {
    const workspace = await store.findWorkspace(id === undefined ? 'default' : { id })
    if (workspace === null) throw new Fault('workspace_not_found', { errors: [NO_SUCH_WORKSPACE] })
    return workspace.id
  }

  async function found(ref: KeyRef, { revokedIsGone }: RevokedReading = {}): Promise<Key> {
    const key = await store.findKey(ref, clock.now())
    if (key === null) throw new Fault('key_not_found')
    if (revokedIsGone) requirePresent(key)
    return key
  }

  async function viewed(key: Key, at: Instant): Promise<KeyView> {
    const [view] = await viewedAll([key], at)
    return view ?? { key, owner: null, spend: noSpend(), reserved: noReserved(), at }
  }

  async function viewedAll(keys: Key[], at: Instant): Promise<KeyView[]> {
    if (keys.length === 0) return []
    const ownerIds = [...new Set(keys.map((key) => key.ownerId))]
    const keyIds = keys.map((key) => key.id)
    const [standings, ...found] = await Promise.all([
      store.standingOf(keyIds, at),
      ...ownerIds.map((id) => store.findUser({ id })),
    ])
    const owners = new Map(ownerIds.map((id, index) => [id, found[index] ?? null]))
    return keys.map((key) => {
      const standing = standings.get(key.id) ?? { spend: noSpend(), reserved: noReserved() }
      return { key, owner: owners.get(key.ownerId) ?? null, ...standing, at }
    })
  }

  /** Reads the key first, because who may change it depends on its owner, who never changes. */
  async function change(call: Call, ref: KeyRef, work: ChangeWork): Promise<Key> {
    const seen = await found(ref, work)
    requireReach(call.principal, work.ability, { ownerId: seen.ownerId, foreign: 'key_foreign' })
    const owner = await store.findUser({ id: seen.ownerId })
    const decide: Decide<Key> = (current) => {
      if (work.ifRevision?.includes(current.revision) === false) throw new Fault('revision_mismatch')
      if (work.revokedIsGone) requirePresent(current)
      const next = work.next(current, owner)
      return next && decided({ current, next, action: work.action, reason: work.reason ?? null })
    }
    const act = actOf(call, clock.now())
    const { remember } = work
    // The stored answer must not show a key that has spent as unspent; inside the transaction it could not be read.
    const record =
      remember === undefined ? { act } : { act, remember: rememberView(remember, await viewed(seen, act.at)) }
    try {
      const key = await store.changeKey({ id: seen.id }, decide, record)
      facts.keyChanged(key.id, key.revision)
      return key
    } catch (error) {
      // A connection that breaks during the commit leaves open whether the change was made.
      facts.keyChanged(seen.id, 0)
      throw error
    }
  }

  return {
    async create(call, input, remember) {
      const owner = await ownerFor(call, input.ownerId ?? call.principal.user.id)
      const workspaceId = await workspaceFor(input.workspaceId)
      const at = clock.now()
      const secret = mintSecret(input.prefix ?? parts.defaultPrefix, parts.random)
      const granter = call.principal.user
      const id = input.id ?? parts.newId<KeyId>()
      const key = newKey(input, { id, granter, owner, workspaceId, at, first: storedSecret(secret, at) })
      checkKey(key, at)
      checkDelegation(granter, { owner, power: key })
      const target = { kind: 'key' as const, id: key.id }
      const audit = { action: 'key.create', target, before: null, after: auditedKey(key), reason: null }
      const record = { act: actOf(call, at), audit }
      const full =
        remember === undefined
          ? record
          : {
              ...record,
              remember: rememberView(remember, { owner, spend: noSpend(), reserved: noReserved(), at }),
            }
      const written = await store.createKey(key, full)
      facts.keyChanged(written.id, written.revision)
      return { view: { key: written, owner, spend: noSpend(), reserved: noReserved(), at }, secret }
    },

    async get(call, ref, reading) {
      requireAbility(call.principal, 'DISPLAY_APIKEY')
      const key = await found(ref, reading)
      requireReach(call.principal, 'DISPLAY_APIKEY', { ownerId: key.ownerId, foreign: 'key_foreign' })
      return viewed(key, clock.now())
    },

    async own(call) {
      return viewed(await found({ id: call.principal.keyId }), clock.now())
    },

    async list(call, query) {
      const reach = requireAbility(call.principal, 'LIST_APIKEY')
      const self = call.principal.user.id
      if (reach === 'OWN' && query.ownerId !== undefined && query.ownerId !== self)
        throw new Fault('user_foreign')
      const at = clock.now()
      const page = await store.listKeys({ ...query, ...(reach === 'OWN' ? { ownerId: self } : {}), at })
      return { rows: await viewedAll(page.rows, at), next: page.next }
    },

    async update(call, ref, { patch, ifRevision, revokedIsGone }) {
      const at = clock.now()
      const granter = call.principal.user
      const key = await change(call, ref, {
        ability: 'UPDATE_APIKEY',
        action: 'key.update',
        ...(ifRevision === undefined ? {} : { ifRevision }),
        ...(revokedIsGone === undefined ? {} : { revokedIsGone }),
        next(current, owner) {
          requireUnrevoked(current)
          const next = applyPatch(current, typeof patch === 'function' ? patch(current) : patch)
          if (
            changedMembers(auditedKey(current), auditedKey(next)) === null &&
            next.openRouterWindow === current.openRouterWindow
          ) {
            return null
          }
          checkKey(next, at, current)
          checkDelegation(granter, {
            owner: present(owner),
            power: powerOf(next, at),
            before: powerOf(current, at),
          })
          return { ...next, updatedAt: at, updatedById: granter.id }
        },
      })
      return viewed(key, clock.now())
    },

    async rotate(call, ref, { overlapMs, prefix, ifRevision, remember }) {
      const at = clock.now()
      const secret = mintSecret(prefix ?? parts.defaultPrefix, parts.random)
      const granter = call.principal.user
      const key = await change(call, ref, {
        ability: 'UPDATE_APIKEY',
        action: 'key.rotate',
        ...(ifRevision === undefined ? {} : { ifRevision }),
        ...(remember === undefined ? {} : { remember }),
        next(current, owner) {
          requireUnrevoked(current)
          // The new secret carries all of the key's power, so whoever gets it must be entitled to grant that.
          checkDelegation(granter, { owner: present(owner), power: powerOf(current, at) })
          const older = endingBy(
            current.secrets,
            Math.min(at + overlapMs, current.expiresAt ?? Number.POSITIVE_INFINITY),
          )
          return {
            ...current,
            secrets: [storedSecret(secret, at), ...older],
            updatedAt: at,
            updatedById: granter.id,
          }
        },
      })
      return { view: await viewed(key, clock.now()), secret }
    },

    async endOverlap(call, ref, { ifRevision } = {}) {
      const at = clock.now()
      const key = await change(call, ref, {
        ability: 'UPDATE_APIKEY',
        action: 'key.end_overlap',
        ...(ifRevision === undefined ? {} : { ifRevision }),
        next(current) {
          requireUnrevoked(current)
          const [newest, ...older] = current.secrets
          if (older.every((secret) => secret.expiresAt !== null && secret.expiresAt <= at)) return null
          return {
            ...current,
            secrets: [newest, ...endingBy(older, at)],
            updatedAt: at,
            updatedById: call.principal.user.id,
          }
        },
      })
      return viewed(key, clock.now())
    },

    async boost(call, ref, { window, boost, ifRevision }) {
      const at = clock.now()
      const granter = call.principal.user
      const key = await change(call, ref, {
        ability: 'UPDATE_APIKEY',
        action: 'key.boost',
        ...(ifRevision === undefined ? {} : { ifRevision }),
        next(current, owner) {
          requireUnrevoked(current)
          const next = { ...current, boosts: boosted(current, { window, boost, at }) }
          if (changedMembers(auditedKey(current), auditedKey(next)) === null) return null
          checkDelegation(granter, {
            owner: present(owner),
            power: powerOf(next, at),
            before: powerOf(current, at),
          })
          return { ...next, updatedAt: at, updatedById: granter.id }
        },
      })
      return viewed(key, clock.now())
    },

    async revoke(call, ref, { reason, ifRevision, revokedIsGone }) {
      const at = clock.now()
      const key = await change(call, ref, {
        ability: 'DELETE_APIKEY',
        action: 'key.revoke',
        reason,
        ...(ifRevision === undefined ? {} : { ifRevision }),
        ...(revokedIsGone === undefined ? {} : { revokedIsGone }),
        next(current) {
          if (current.revokedAt !== null) return null
          return {
            ...current,
            revokedAt: at,
            revokedReason: reason,
            updatedAt: at,
            updatedById: call.principal.user.id,
          }
        },
      })
      return { id: key.id, revision: key.revision, nodes: 1, at: key.revokedAt ?? at }
    },
  }
}

interface ChangeWork extends RevokedReading, Expected {
  ability: 'UPDATE_APIKEY' | 'DELETE_APIKEY'
  action: string
  reason?: string | null
  remember?: RememberKey
  /** The key as it shall be, or null to leave it. Runs under the key's lock, perhaps more than once. */
  next: (current: Key, owner: User | null) => Key | null
}

function decided({
  current,
  next,
  action,
  reason,
}: {
  current: Key
  next: Key
  action: string
  reason: string | null
}) {
  const members = changedMembers(auditedKey(current), auditedKey(next)) ?? { before: null, after: null }
  return { next, audit: { action, target: { kind: 'key' as const, id: current.id }, ...members, reason } }
}

function rememberView({ claim, answer }: RememberKey, around: Omit<KeyView, 'key'>): Remember<Key> {
  return { claim, answer: (key) => answer({ ...around, key }) }
}

/** A key that is not revoked has an owner: the store deletes no user that still owns one. */
function present(owner: User | null): User {
  if (owner === null) throw new Fault('user_not_found')
  return owner
}

const NO_SUCH_OWNER = { pointer: '/ownerId', message: 'No such user.' }
const NO_SUCH_WORKSPACE = { pointer: '/workspaceId', message: 'No such workspace.' }

function requirePresent(key: Key): void {
  if (key.revokedAt !== null) throw new Fault('key_not_found', { internal: 'revoked' })
}

function requireUnrevoked(key: Key): void {
  if (key.revokedAt !== null) throw new Fault('key_revoked')
}

function endingBy(secrets: readonly StoredSecret[], at: Instant): StoredSecret[] {
  return secrets.map((secret) => ({ ...secret, expiresAt: Math.min(secret.expiresAt ?? at, at) }))
}
