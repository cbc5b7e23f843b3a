import assert from 'node:assert/strict'
import {
  actAt,
  addKey,
  addUser,
  addWorkspace,
  auditOf,
  eventOf,
  idOf,
  NOON,
  ROOT_USER,
  seed,
} from '../../../test/support/records.ts'
import { Fault } from '../../core/ground/faults.ts'
import type { Key, KeyId, Role, UserId, WorkspaceId } from '../../core/types.ts'
import type { Heir } from '../keys.ts'
import type { Store } from '../store.ts'
import { type It, outcomes, recordUsage, rejectsWith, wholeAudit } from './case.conformance.ts'

const [ADA, BOB, EVE] = [idOf<UserId>(20), idOf<UserId>(21), idOf<UserId>(22)]
const TEAM = idOf<WorkspaceId>(10)
const ROUNDS = 12

/** Keys that get another owner. */
export function ownerTests(it: It): void {
  it('changeKey > an heir owns the key from then on, joins its workspace, and is counted among its owner’s keys', async (store) => {
    const key = await team(store)
    const written = await give(store, key.id, BOB)
    assert.equal(written.ownerId, BOB)
    assert.equal((await store.findKey({ id: key.id }, NOON))?.ownerId, BOB)
    assert.equal((await store.findFacts({ id: key.id }, NOON))?.owner.id, BOB)
    assert.equal((await store.resolveKeys([{ id: key.id }])).get(key.id)?.ownerId, BOB)
    assert.ok(await store.isMember({ workspaceId: TEAM, userId: BOB }))
    const listed = async (ownerId: UserId) =>
      (await store.listKeys({ ownerId, at: NOON, limit: 10, sort: 'createdAt' })).rows.map(
        (row) => row.key.id,
      )
    assert.deepEqual([await listed(ADA), await listed(BOB)], [[], [key.id]])
    const actions = (await wholeAudit(store)).slice(-2).map(({ action, revision }) => [action, revision])
    assert.deepEqual(
      actions.map(([action]) => action),
      ['workspace.test', 'key.test'],
    )
    const [[, joined], [, moved]] = actions as [[string, number], [string, number]]
    assert.equal(moved, joined + 1)
    assert.equal(written.revision, moved)
  })

  it('changeKey > user_not_found for an heir that is missing or deleted; a decision of null leaves the owner', async (store) => {
    const key = await team(store)
    await rejectsWith('user_not_found', give(store, key.id, idOf<UserId>(99)))
    await store.deleteUser(EVE, (user) => ({ next: user, audit: auditOf('user', user.id) }), { act: actAt() })
    await rejectsWith('user_not_found', give(store, key.id, EVE))
    const same = await store.changeKey({ id: key.id }, () => null, { act: actAt(), heir: { id: BOB } })
    assert.equal(same.ownerId, ADA)
    assert.equal(await store.isMember({ workspaceId: TEAM, userId: BOB }), false)
  })

  it('changeKey > all others who have seen its secrets are told to the decision and kept as decided', async (store) => {
    const key = await team(store)
    let told: UserId[] = []
    const see = (seenBy: UserId[]) =>
      store.changeKey(
        { id: key.id },
        (current, { knowers }) => {
          told = knowers.map(({ id }) => id)
          const [first, ...rest] = current.secrets
          const next: Key = { ...current, secrets: [{ ...first, seenBy }, ...rest] }
          return { next, audit: auditOf('key', key.id) }
        },
        { act: actAt() },
      )
    const stored = async () => (await store.findKey({ id: key.id }, NOON))?.secrets[0].seenBy
    await see([EVE])
    assert.deepEqual([told, await stored()], [[], [EVE]])
    // Also the owner of the key, who may have known the secret before it was its owner.
    const several = [ADA, BOB, EVE, ROOT_USER].sort()
    await see(several)
    assert.deepEqual([told, await stored()], [[EVE], several])
    assert.deepEqual((await store.findFacts({ id: key.id }, NOON))?.secret.seenBy, several)
    await see([])
    assert.deepEqual(
      told,
      several.filter((id) => id !== ADA),
    )
    assert.deepEqual(await stored(), [])
  })

  it('changeUser > to another role: who else has seen a working secret of a managing key that is neither disabled nor expired', async (store) => {
    const key = await team(store)
    const see = (members: Partial<Key>, secret: Partial<Key['secrets'][0]> = {}) =>
      change(store, key.id, (current) => {
        const [first, ...rest] = current.secrets
        return { ...current, ...members, secrets: [{ ...first, ...secret }, ...rest] }
      })
    const told = async (toRole?: Role) => {
      let ids: UserId[] = []
      await store.changeUser(
        ADA,
        (_, { knowers }) => {
          ids = knowers.map(({ id }) => id)
          return null
        },
        { act: actAt(), ...(toRole && { toRole }) },
      )
      return ids
    }
    await see({ access: 'full' }, { seenBy: [EVE] })
    await store.deleteUser(EVE, (user) => ({ next: user, audit: auditOf('user', user.id) }), { act: actAt() })
    assert.deepEqual([await told('ADMIN'), await told('USER'), await told()], [[EVE], [], []])
    const others = [
      { disabled: true },
      { disabled: false, expiresAt: NOON },
      { expiresAt: null, access: 'use' as const },
    ]
    for (const members of others) {
      await see(members)
      assert.deepEqual(await told('ADMIN'), [])
    }
    await see({ access: 'manage' }, { seenBy: [ADA] })
    assert.deepEqual(await told('ADMIN'), [])
    await see({}, { seenBy: [BOB], expiresAt: NOON + 1 })
    assert.deepEqual(await told('ADMIN'), [BOB])
    await see({}, { seenBy: [ADA, BOB, EVE] })
    assert.deepEqual(await told('ADMIN'), [BOB, EVE])
    await see({}, { expiresAt: NOON })
    assert.deepEqual(await told('ADMIN'), [])
  })

  it('changeKey > too_many_keys: an heir gets as many as it may, however many come at once', async (store) => {
    await team(store)
    const keys = []
    for (let n = 40; n < 48; n++) keys.push(await addKey(store, n, { ownerId: ADA }))
    const { done, faults } = await outcomes(keys.map(({ id }) => give(store, id, BOB, { keysMax: () => 3 })))
    assert.equal(done.length, 3)
    assert.deepEqual([...new Set(faults)], ['too_many_keys'])
    const left = await store.listKeys({ ownerId: ADA, at: NOON, limit: 20, sort: 'createdAt' })
    assert.equal(left.rows.length, 9 - 3)
    console.log(`changeKey: ${keys.length} keys handed to one user at once, ${done.length} had room`)
  })

  it('changeKey > hand-overs, ends and disabled owners at once leave one owner in every table, and each has its revision', async (store) => {
    await team(store)
    let ended = 0
    for (let round = 0; round < ROUNDS; round++) {
      const key = await addKey(store, 50 + round, { ownerId: ADA, workspaceId: TEAM })
      const revoke = () =>
        change(store, key.id, (current) => ({ ...current, revokedAt: NOON, name: 'ended' }))
      const rename = () => change(store, key.id, (current) => ({ ...current, name: 'renamed' }))
      const disable = (id: UserId, disabled: boolean) =>
        store.changeUser(id, (user) => ({ next: { ...user, disabled }, audit: auditOf('user', id) }), {
          act: actAt(),
        })
      const calls: (() => Promise<unknown>)[] = [
        () => give(store, key.id, BOB),
        () => give(store, key.id, EVE),
        revoke,
        rename,
        () => disable(ADA, round % 2 === 0),
        () => disable(BOB, round % 2 === 1),
      ]
      const turned = [...calls.slice(round % calls.length), ...calls.slice(0, round % calls.length)]
      const { faults } = await outcomes(turned.map((call) => call()))
      assert.deepEqual(
        faults.filter((code) => code !== 'key_revoked'),
        [],
      )
      ended += faults.length
      const stored = await store.findKey({ id: key.id }, NOON)
      const payer = (await store.resolveKeys([{ id: key.id }])).get(key.id)
      assert.deepEqual([stored?.revokedAt, payer?.ownerId], [NOON, stored?.ownerId])
      const facts = await store.findFacts({ id: key.id }, NOON)
      assert.equal(facts?.owner.id, stored?.ownerId)
    }
    const revisions = (await wholeAudit(store)).map(({ revision }) => revision)
    assert.equal(new Set(revisions).size, revisions.length)
    console.log(`changeKey: ${ROUNDS} races of two hand-overs with an end, ${ended} came after it`)
  })

  it('findCorrectable > an event is its payer’s, whoever owns the key by now', async (store) => {
    const key = await team(store)
    const payer = (ownerId: UserId) => ({ keyId: key.id, ownerId, workspaceId: TEAM })
    await recordUsage(store, [eventOf(key.id, 'one', payer(ADA))])
    await give(store, key.id, BOB)
    await recordUsage(store, [eventOf(key.id, 'two', payer(BOB))])
    // As of a hold that was made before.
    await recordUsage(store, [eventOf(key.id, 'three', payer(ADA))])
    await give(store, key.id, EVE)
    const owners = []
    for (const id of ['one', 'two', 'three'])
      owners.push((await store.findCorrectable(key.id, id))?.event.ownerId)
    assert.deepEqual(owners, [ADA, BOB, ADA])
  })
}

/** The records of `seed`, a workspace, three users, and a key of the first. */
async function team(store: Store): Promise<Key> {
  await seed(store)
  await addWorkspace(store, 10)
  for (const n of [20, 21, 22]) await addUser(store, n)
  return addKey(store, 30, { ownerId: ADA, workspaceId: TEAM })
}

function change(store: Store, id: KeyId, next: (current: Key) => Key, heir?: Heir): Promise<Key> {
  const audit = auditOf('key', id)
  const record = { act: actAt(), ...(heir && { heir }) }
  return store.changeKey({ id }, (current) => ({ next: next(current), audit }), record)
}

function give(store: Store, id: KeyId, heirId: UserId, more: Partial<Heir> = {}): Promise<Key> {
  const letIn = () => auditOf('workspace', TEAM)
  return change(
    store,
    id,
    (current) => {
      if (current.revokedAt !== null) throw new Fault('key_revoked')
      return { ...current, ownerId: heirId }
    },
    { id: heirId, letIn, ...more },
  )
}
