// Tests: test/wire/native/create-key.test.ts, test/wire/native/update-key.test.ts, test/wire/native/list-keys.test.ts
import type { AuditStore } from '../../store/audit.ts'
import type { KeyStore } from '../../store/keys.ts'
import type { LedgerStore } from '../../store/ledger.ts'
import type { MemberStore } from '../../store/members.ts'
import type { UserStore, WorkspaceStore } from '../../store/people.ts'
import { callerOf, mayManage, requireAbility } from '../access/abilities.ts'
import { auditedKey, type Call, changedMembers } from '../access/audit.ts'
import type { Authority } from '../access/authority.ts'
import { checkDelegation, powerOf, witnessesOf } from '../access/delegation.ts'
import { handedOver, requireCoveringRoles, requireKnowersWithin } from '../access/handover.ts'
import { boostsBeside, KEY_RESTRAINTS, namedIn, restrained } from '../access/restrictions.ts'
import { MAX } from '../ground/bounds.ts'
import type { Clock, Instant, RandomBytes } from '../ground/clock.ts'
import { Fault } from '../ground/faults.ts'
import type { NewId } from '../ground/ids.ts'
import type { Page } from '../ground/page.ts'
import { mintSecret, type Secret, storedSecret } from '../ground/secret.ts'
import { boostEnds, boosted } from '../money/budgets.ts'
import type { LimitWindow } from '../money/windows.ts'
import { manages, memberOf, sees } from '../people/membership.ts'
import type { Boost, Expected, Key, StoredSecret, User } from '../types.ts'
import type { Changes } from '../verify/changes.ts'
import type { WithoutWrites } from '../verify/record-writes.ts'
import {
  type Changing,
  createChangeKey,
  type RememberKey,
  readOfReached,
  type Telling,
} from './change-key.ts'
import type { KeyForm, KeyTextQuery, KeyTexts } from './key-form.ts'
import { createKeyViews, type KeyView } from './key-views.ts'
import { ENDED } from './life.ts'
import { createMakeKey } from './make-key.ts'
import { applyPatch, checkKey, type KeyPatch, type NewKey } from './new-key.ts'
import { createEndOverlapsAhead, type EndOverlapsAhead } from './overlaps-ahead.ts'
import type { KeyQuery, KeyRef } from './queries.ts'
import { type RevocationReceipt, receiptOf, revocation } from './revocation.ts'

/** All operations on keys. Each checks the rights of its caller (docs/authority.md). */
export interface Keys {
  /**
   * Makes a key and its secret, which is shown only this time. Owner and workspace default to the caller and the default workspace.
   * Throws `too_many_keys` when its owner is a USER with the maximum of keys.
   */
  create(call: Call, input: NewKey, remember?: RememberKey): Promise<{ view: KeyView; secret: Secret }>
  /** Reads one key, also a revoked one. */
  get(call: Call, ref: KeyRef, telling?: Telling): Promise<KeyView>
  /** Updates the search index with changed names, for some keys. Returns how many. */
  refreshSearch(): Promise<number>
  /** Ends overlaps of rotations that a clock made that was ahead; see {@link EndOverlapsAhead}. */
  endOverlapsAhead: EndOverlapsAhead
  /** Lists keys; a caller that may see only its own keys gets only those. */
  list(call: Call, query: Omit<KeyQuery, 'at'>): Promise<Page<KeyView>>
  /** Lists the same keys, newest first, as JSON that the reading thread writes: a list of any length costs this thread almost nothing. */
  listTexts(call: Call, query: Pick<KeyTextQuery, 'limit' | 'after'>, form: KeyForm): Promise<KeyTexts>
  /** Changes a key. A patch that changes nothing leaves it untouched. */
  update(call: Call, ref: KeyRef, change: KeyChange & Telling): Promise<KeyView>
  /**
   * Gives the key a new secret; the old ones work until the overlap ends or the key expires, whichever is first. Throws
   * `too_many_secrets` when more than {@link MAX.liveSecrets} would work at once.
   */
  rotate(
    call: Call,
    ref: KeyRef,
    rotation: { overlapMs: number; prefix?: string; remember?: RememberKey } & Expected,
  ): Promise<{ view: KeyView; secret: Secret }>
  /** Ends the overlap of a rotation: only the current secret works from now on. */
  endOverlap(call: Call, ref: KeyRef, order?: Expected): Promise<KeyView>
  /**
   * Raises one limit for a time, or ends the boost with null. The boosted limit passes the same delegation check as a limit. Throws
   * `limit_missing` when the key has no such limit.
   */
  boost(
    call: Call,
    ref: KeyRef,
    order: { window: LimitWindow; boost: Omit<Boost, 'by'> | null } & Expected,
  ): Promise<KeyView>
  /** Revokes a key for good. A second call returns the first receipt, or that there is no such key, once the key is dead on every node. */
  revoke(
    call: Call,
    ref: KeyRef,
    order: { reason: string | null } & Expected & Telling,
  ): Promise<RevocationReceipt>
}

/** A change of a key: the patch, or a function that makes it from the locked key. */
export interface KeyChange extends Expected {
  patch: KeyPatch | ((key: Key) => KeyPatch)
}

interface Parts {
  store: WithoutWrites<AuditStore & KeyStore & LedgerStore & UserStore & WorkspaceStore & MemberStore>
  authority: Authority
  changes: Changes
  clock: Clock
  random: RandomBytes
  newId: NewId
  /** Prefix of secrets when the caller names none. */
  defaultPrefix: string
  /** Unrevoked keys that one USER may own. */
  keysPerUser: number
}

/** Builds the operations on keys. */
export function createKeys(parts: Parts): Keys {
  const { store, changes, clock } = parts
  const views = createKeyViews(store)
  const change = createChangeKey({ ...parts, views })
  const make = createMakeKey(parts)

  /** What limits a list to the keys that the caller may see, and its instant. */
  async function scopeOf({ principal }: Call, asked: Pick<KeyQuery, 'workspaceId' | 'ownerId'> = {}) {
    const reach = requireAbility(principal, 'LIST_APIKEY')
    const self = principal.user.id
    const { workspaceId, ownerId } = asked
    if (workspaceId !== undefined && !(await sees(store, principal, workspaceId)))
      throw new Fault('workspace_not_found')
    const isManaged = workspaceId !== undefined && (await manages(store, principal, workspaceId))
    if (reach === 'OWN' && !isManaged && ownerId !== undefined && ownerId !== self)
      throw new Fault('user_foreign')
    const at = clock.now()
    if (reach !== 'OWN') return { at }
    if (isManaged) return { within: 'workspaceId' as const, managerId: self, at }
    return { ownerId: self, within: 'ownerId' as const, ...memberOf(principal), at }
  }

  return {
    async create(call, input, remember) {
      const secret = mintSecret(input.prefix ?? parts.defaultPrefix, parts.random)
      const ability = 'CREATE_APIKEY' as const
      const made = await make(call, input, { ability, first: (at) => storedSecret(secret, at), remember })
      return { view: made, secret }
    },

    async get(call, ref, telling = {}) {
      const at = clock.now()
      const reaching = { ref, at, ability: 'DISPLAY_APIKEY' as const, telling }
      return readOfReached(store, call, reaching, (key) => views.of(key, at))
    },

    async list(call, query) {
      const scope = await scopeOf(call, query)
      const page = await store.listKeys({ ...query, ...scope }, callerOf(call.principal))
      return { rows: page.rows.map((listed) => ({ ...listed, at: scope.at })), next: page.next }
    },

    async listTexts(call, query, form) {
      return store.listKeyTexts({ ...query, ...(await scopeOf(call)) }, form, callerOf(call.principal))
    },

    endOverlapsAhead: createEndOverlapsAhead(parts),
    refreshSearch: () => store.refreshSearch(MAX.searchBatch),

    async update(call, ref, { patch, ...options }) {
      const heirId = typeof patch === 'function' ? undefined : patch.ownerId
      const { written } = await change(call, ref, {
        ability: 'UPDATE_APIKEY',
        action: 'key.update',
        ...options,
        ...(heirId !== undefined && { heirId }),
        next: (current, changing) =>
          patched(current, typeof patch === 'function' ? patch(current) : patch, changing),
      })
      return views.of(written, clock.now())
    },

    async rotate(call, ref, { overlapMs, prefix, ...options }) {
      const secret = mintSecret(prefix ?? parts.defaultPrefix, parts.random)
      const { written } = await change(call, ref, {
        ability: 'UPDATE_APIKEY',
        action: 'key.rotate',
        ...options,
        next(current, { granter, owner: ownerNow, witnesses, at }) {
          requireUnrevoked(current)
          // The new secret has all of the key's power, so the caller who gets it must be entitled to grant that.
          const power = powerOf(current, at)
          const owner = present(ownerNow)
          const ofCredential = current.id === call.principal.keyId
          checkDelegation(granter, {
            owner,
            power,
            before: power,
            showsSecret: true,
            witnesses,
            ofCredential,
          })
          const seenBy = witnessesOf({ user: granter, seenBy: witnesses.map(({ id }) => id) }, owner)
          const end =
            overlapMs === 0 ? ENDED : Math.min(at + overlapMs, current.expiresAt ?? Number.POSITIVE_INFINITY)
          const secrets: Key['secrets'] = [
            { ...storedSecret(secret, at), seenBy },
            ...endingBy(current.secrets, end),
          ]
          requireFewSecrets(secrets, at)
          return { ...current, secrets, updatedAt: at, updatedById: granter.id }
        },
      })
      return { view: await views.of(written, clock.now()), secret }
    },

    async endOverlap(call, ref, expected = {}) {
      const { written } = await change(call, ref, {
        ability: 'UPDATE_APIKEY',
        action: 'key.end_overlap',
        ...expected,
        next(current, { granter, at }) {
          requireUnrevoked(current)
          const [newest, ...older] = current.secrets
          if (older.every((secret) => secret.expiresAt !== null && secret.expiresAt <= at)) return null
          const secrets: Key['secrets'] = [newest, ...endingBy(older, ENDED)]
          return { ...current, secrets, updatedAt: at, updatedById: granter.id }
        },
      })
      return views.of(written, clock.now())
    },

    async boost(call, ref, { window, boost, ...expected }) {
      const { written } = await change(call, ref, {
        ability: 'UPDATE_APIKEY',
        action: 'key.boost',
        ...expected,
        next(current, changing) {
          requireUnrevoked(current)
          const { at, granter } = changing
          const authored = boost && { ...boost, by: granter.role }
          const boosts = boosted(current, { window, boost: authored, at })
          return allowed(current, { ...current, boosts }, { ...changing, named: NOTHING })
        },
      })
      return views.of(written, clock.now())
    },

    async revoke(call, ref, { reason, ...options }) {
      const revoking = { ...revocation(reason), ability: 'DELETE_APIKEY' as const, ...options }
      try {
        return receiptOf(await change(call, ref, revoking))
      } catch (error) {
        // Whoever repeats a revocation learns by this answer that the key is dead.
        const isGone = options.revokedIsGone && error instanceof Fault && error.code === 'key_not_found'
        if (isGone) await changes.settleAll(call.wait)
        throw error
      }
    },
  }
}

function patched(current: Key, patch: KeyPatch, changing: Changing): Key | null {
  requireUnrevoked(current)
  const named = namedIn(patch)
  const wanted = applyPatch(current, patch)
  const next = { ...wanted, boosts: boostsBeside(wanted, { ...changing, actor: changing.granter, named }) }
  checkKey(next, changing.at, current)
  return allowed(current, next, { ...changing, named })
}

/**
 * The changed key, if the caller may grant the power that it gains and loosen the restrictions that it loses; null when nothing differs.
 * What a boost allows counts only until its end, so a change is also judged at the end of each boost that the key has: a longer
 * boost adds power from then on. In between, limits in force only get lower.
 */
function allowed(
  current: Key,
  wanted: Key,
  { named, ...changing }: Changing & { named: ReadonlySet<string> },
): Key | null {
  const { granter, heir, knowers, witnesses, at } = changing
  const owner = present(changing.owner)
  const later = boostEnds(current, at)
  const restrainedAt = (instant: Instant) =>
    restrained(KEY_RESTRAINTS, { current, next: wanted, actor: granter, owner, named, at: instant })
  const next = restrainedAt(at)
  for (const end of later) restrainedAt(end)
  if (!differs(current, next)) return null
  const marked = { ...next, updatedAt: at, updatedById: granter.id }
  if (heir !== null && next.ownerId !== current.ownerId)
    return handedOver(current, marked, { ...changing, owner, heir })
  for (const instant of [at, ...later]) {
    const [power, before] = [powerOf(next, instant), powerOf(current, instant)]
    checkDelegation(granter, { owner, power, before, showsSecret: false, witnesses })
  }
  if (mayManage(next.access)) {
    if (!mayManage(current.access)) requireCoveringRoles(knowers, owner)
    // Its owner may have been promoted since; a key that does not work does not count then.
    else if (!isOn(current, at) && isOn(next, at))
      requireKnowersWithin(knowers, owner.role, [current.disabled ? 'disabled' : 'expiresAt'])
  }
  return marked
}

/** Whether a key is neither disabled nor expired. */
function isOn({ disabled, expiresAt }: Key, at: Instant): boolean {
  return !disabled && (expiresAt === null || expiresAt > at)
}

function differs(current: Key, next: Key): boolean {
  const hidden = ({ mainWindow, restrictions }: Key) => JSON.stringify([mainWindow, restrictions])
  return changedMembers(auditedKey(current), auditedKey(next)) !== null || hidden(current) !== hidden(next)
}

const NOTHING: ReadonlySet<string> = new Set()

/** A key that is not revoked has an owner: the store deletes no user that still owns one. */
function present(owner: User | null): User {
  if (owner === null) throw new Fault('user_not_found')
  return owner
}

function requireUnrevoked(key: Key): void {
  if (key.revokedAt !== null) throw new Fault('key_revoked')
}

/** Requires that not too many secrets work at once. Rotating without an overlap is always possible, for example after a leak. */
function requireFewSecrets(secrets: readonly StoredSecret[], at: Instant): void {
  const live = secrets.filter(({ expiresAt }) => expiresAt === null || expiresAt > at)
  if (live.length > MAX.liveSecrets) throw new Fault('too_many_secrets')
}

function endingBy(secrets: readonly StoredSecret[], at: Instant): StoredSecret[] {
  return secrets.map((secret) => ({ ...secret, expiresAt: Math.min(secret.expiresAt ?? at, at) }))
}
