// Tests: test/wire/native/departures.test.ts
import { requireAbility } from '../access/abilities.ts'
import type { Audit, Call } from '../access/audit.ts'
import type { Authority } from '../access/authority.ts'
import { checkRole } from '../access/delegation.ts'
import { MAX } from '../ground/bounds.ts'
import { type Clock, DAY_MS } from '../ground/clock.ts'
import { afterAPart, Fault, inputFault } from '../ground/faults.ts'
import type { Cursor } from '../ground/page.ts'
import { requireRevision } from '../ground/revision.ts'
import { type Batch, beginBatch, type Failed } from '../keys/batch.ts'
import type { KeyView } from '../keys/key-views.ts'
import type { Keys } from '../keys/keys.ts'
import type { KeyQuery } from '../keys/queries.ts'
import type { Expected, KeyId, User, UserId } from '../types.ts'
import type { Changes } from '../verify/changes.ts'
import type { LastUsed } from '../verify/uses.ts'
import type { UserPatch, Users } from './users.ts'

/** The keys that stop when a user is disabled: their number up to a maximum, and those that were used last. */
export interface Impact {
  keys: number
  /** How many of them were used in the last 30 days. */
  usedRecently: number
  /** True when there are more keys than were counted. */
  isMore: boolean
  shown: KeyView[]
}

/** The outcome for one key. */
export type HandoverOutcome = { id: KeyId } & ({ status: 'handed_over' } | Failed)

/** The result of a call that hands over the keys of a user; `next` leads on, null after the last. */
export interface HandedOver {
  outcomes: HandoverOutcome[]
  next: Cursor | null
}

/** The keys of a user who leaves. Every operation needs MANAGE_USERS. */
export interface Departures {
  /** Shows which keys would stop if the user were disabled now. */
  impact(call: Call, id: UserId): Promise<Impact>
  /**
   * Gives the unrevoked keys of a user to another one, some at a time, each in a transaction of its own, like a change of its owner. A
   * failure is the outcome of that key alone. Throws `input_invalid` for an heir that is the same user, is disabled or does not exist.
   */
  handOver(call: Call, id: UserId, order: { to: UserId; after?: Cursor }): Promise<HandedOver>
  /**
   * Changes and disables a user once all of its keys belong to another one, so that none of them stops. The transaction that disables
   * the user checks that it owns none any more. Throws `handover_incomplete`, with the user unchanged, when a key could not be handed
   * over, or there are too many for one call.
   */
  disable(call: Call, id: UserId, order: { to: UserId; patch: UserPatch } & Expected): Promise<User>
}

const RECENT_MS = 30 * DAY_MS

/** Builds it. */
export function createDepartures({
  keys,
  users,
  changes,
  authority,
  audit,
  lastUsed,
  clock,
}: {
  keys: Pick<Keys, 'list' | 'update'>
  users: Pick<Users, 'get' | 'update'>
  changes: Pick<Changes, 'settle'>
  authority: Pick<Authority, 'again'>
  audit: Pick<Audit, 'noteDenied'>
  lastUsed: Pick<LastUsed, 'flush'>
  clock: Clock
}): Departures {
  async function found(call: Call, id: UserId): Promise<User> {
    requireAbility(call.principal, 'MANAGE_USERS')
    return users.get(call, { id })
  }

  async function heirOf(call: Call, owner: User, to: UserId): Promise<User> {
    const wrong = (message: string) => inputFault(['to'], message)
    if (to === owner.id) throw wrong('Must be another user.')
    const heir = await users.get(call, { id: to }).catch((error) => {
      throw error instanceof Fault && error.code === 'user_not_found' ? wrong('No such user.') : error
    })
    if (heir.disabled) throw wrong('This user is disabled, so the keys would stop.')
    return heir
  }

  async function handOne(
    call: Call,
    { key }: KeyView,
    heir: User,
  ): Promise<{ outcome: HandoverOutcome; revision: number }> {
    const { id } = key
    // The key may have changed since it was found, but its owner must still be this user.
    const patch = { ownerId: heir.id }
    const view = await keys.update(call, { id }, { patch, ifRevision: [key.revision] })
    return { outcome: { id, status: 'handed_over' }, revision: view.key.revision }
  }

  async function handPage(
    rows: readonly KeyView[],
    order: { batch: Batch; heir: User },
  ): Promise<HandedOver & { revision: number }> {
    const outcomes: HandoverOutcome[] = []
    let revision = 0
    for (const view of rows) {
      const { id, createdAt } = view.key
      const done = await order.batch.attempt(id, (now) => handOne(now, view, order.heir))
      outcomes.push('outcome' in done ? done.outcome : { id, ...done })
      if ('outcome' in done) revision = Math.max(revision, done.revision)
      if (!order.batch.hasTime()) return { outcomes, next: { value: createdAt, id }, revision }
    }
    return { outcomes, next: null, revision }
  }

  async function handOver(
    asked: Call,
    id: UserId,
    { to, after }: { to: UserId; after?: Cursor },
  ): Promise<HandedOver> {
    const call: Call = { ...asked, wait: 'none' }
    const owner = await found(call, id)
    checkRole(call.principal.user, owner)
    const heir = await heirOf(call, owner, to)
    const batch = beginBatch(call, { ability: 'MANAGE_USERS', action: 'key.update', authority, audit, clock })
    const outcomes: HandoverOutcome[] = []
    let from = after
    let revision = 0
    let next: Cursor | null = null
    for (let pages = 0; pages < MAX.batchPages && outcomes.length < MAX.batchKeys; pages += 1) {
      const query: Omit<KeyQuery, 'at'> = { ownerId: id, sort: 'createdAt', limit: MAX.pageSize }
      const asking = from === undefined ? query : { ...query, after: from }
      const page = await batch.read((now) => keys.list(now, asking))
      const done = await handPage(page.rows, { batch, heir })
      outcomes.push(...done.outcomes)
      revision = Math.max(revision, done.revision)
      next = done.next ?? page.next
      if (next === null || !batch.hasTime()) break
      from = next
    }
    // Waits once for all of them.
    if (revision > 0) await changes.settle(revision, asked.wait)
    return { outcomes, next }
  }

  return {
    async impact(call, id) {
      const user = await found(call, id)
      if (user.disabled) return { keys: 0, usedRecently: 0, isMore: false, shown: [] }
      await lastUsed.flush()
      const since = clock.now() - RECENT_MS
      const query = { ownerId: id, status: 'active', sort: 'lastUsedAt', limit: MAX.pageSize } as const
      const impact: Impact = { keys: 0, usedRecently: 0, isMore: true, shown: [] }
      let after: Cursor | null | undefined
      let now = call
      while (impact.keys < MAX.batchKeys && after !== null) {
        const { rows, next } = await keys.list(now, { ...query, ...(after && { after }) })
        impact.keys += rows.length
        impact.usedRecently += rows.filter(({ key }) => (key.lastUsedAt ?? 0) > since).length
        if (impact.shown.length === 0) impact.shown = rows
        after = next
        // Reading takes time, and the caller may have lost its right meanwhile.
        now = await authority.again(call)
        requireAbility(now.principal, 'MANAGE_USERS')
      }
      return { ...impact, isMore: after !== null }
    },

    handOver,

    async disable(call, id, { to, patch, ifRevision }) {
      requireRevision(await found(call, id), ifRevision)
      let hasMoved = false
      const refuse = (error: unknown) => {
        throw hasMoved ? afterAPart(error) : error
      }
      for (let round = 0; round < ROUNDS_MAX; round += 1) {
        const { outcomes, next } = await handOver(call, id, { to }).catch(refuse)
        const failed = outcomes.flatMap((outcome) => (outcome.status === 'failed' ? [outcome] : []))
        if (failed.length > 0 || next !== null) throw incomplete(outcomes, failed)
        hasMoved ||= outcomes.length > 0
        const disabling = {
          patch: { ...patch, disabled: true },
          ifWithoutKeys: true,
          ...(ifRevision && { ifRevision }),
        }
        const done = await users.update(call, id, disabling).catch((error) => {
          // New keys for the user may be made meanwhile.
          return error instanceof Fault && error.code === 'user_has_keys' ? null : refuse(error)
        })
        if (done !== null) return done
      }
      throw new Fault('handover_incomplete', { message: 'The user keeps making keys. Try again.' })
    },
  }
}

const ROUNDS_MAX = 4

function incomplete(
  outcomes: readonly HandoverOutcome[],
  failed: readonly (HandoverOutcome & Failed)[],
): Fault {
  const [first] = failed
  const moved = outcomes.length - failed.length
  const rest =
    first === undefined
      ? `${moved} keys were handed over, and there are more. Send POST /v2/users/{id}/handover until it has no nextCursor.`
      : `${moved} keys were handed over, ${failed.length} were not: ${first.id} (${first.fault.code}) and so on. POST /v2/users/{id}/handover tells each.`
  return new Fault('handover_incomplete', { message: `The user was not disabled. ${rest}` })
}
