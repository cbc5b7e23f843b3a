import assert from 'node:assert/strict'
import {
  addKey,
  addUser,
  addWorkspace,
  eventOf,
  idOf,
  NOON,
  ROOT_KEY,
  seed,
} from '../../../test/support/records.ts'
import type { It } from './case.conformance.ts'
import { ledgerOf, ROOT_ACCOUNT, used } from './ledger-case.conformance.ts'

/** `findEvent`, `purgeEvents`. */
export function ledgerEventTests(it: It): void {
  it('findEvent > returns one event, or null when it was never written', async (store) => {
    await seed(store)
    const owner = await addUser(store, 5)
    const workspace = await addWorkspace(store, 6)
    const place = { ownerId: owner.id, workspaceId: workspace.id }
    await addKey(store, 10, place)
    const meta = { b: '1', a: '2' }
    const event = eventOf(idOf(10), 'a', { ...place, meta, byokAmount: 5n, requests: 7, at: NOON - 5 })
    await store.commitLedger([used(event)])
    assert.deepEqual(await store.findEvent(idOf(10), 'a'), event)
    assert.equal(await store.findEvent(idOf(10), 'A'), null)
    assert.equal(await store.findEvent(ROOT_KEY, 'a'), null)
  })

  it('purgeEvents > deletes only events recorded before the instant, oldest first, at most the limit; sums stay', async (store) => {
    await seed(store)
    const events = [5, 3, 1, 4, 2, 0].map((n) =>
      eventOf(ROOT_KEY, `${n}`, { recordedAt: NOON - n, amount: 1n }),
    )
    await store.commitLedger(events.map(used))
    const before = await ledgerOf(store, [ROOT_ACCOUNT])
    const left = async () => {
      const found = await Promise.all(events.map((event) => store.findEvent(ROOT_KEY, event.id)))
      return found.flatMap((event) => event?.id ?? []).sort()
    }
    assert.equal(await store.purgeEvents(NOON - 2, 2), 2)
    assert.deepEqual(await left(), ['0', '1', '2', '3'])
    assert.equal(await store.purgeEvents(NOON - 2, 10), 1)
    assert.equal(await store.purgeEvents(NOON - 2, 10), 0)
    assert.deepEqual(await left(), ['0', '1', '2'])
    assert.deepEqual(await ledgerOf(store, [ROOT_ACCOUNT]), before)
  })
}
