import { expect, test } from 'bun:test'
import { addKey, eventOf, NOON, seed } from '../../../../test/support/records.ts'
import { openSqlite } from '../../sqlite/open.ts'
import { createSqlStore } from '../store.ts'

test('keys that could not be moved are moved by the next call', async () => {
  const sound = await openSqlite(':memory:', () => {})
  let failing = false
  const store = createSqlStore({
    ...sound,
    runSteps: (steps) => (failing ? Promise.reject(new Error('no')) : sound.runSteps(steps)),
  })
  await seed(store)
  const [small, large] = [await addKey(store, 10), await addKey(store, 11)]
  await store.refreshSpentOrder(10)
  const events = [eventOf(small.id, 'a', { amount: 2n }), eventOf(large.id, 'a', { amount: 1n })]
  await store.commitLedger(events.map((event) => ({ kind: 'event', event })))
  failing = true
  await expect(store.refreshSpentOrder(10)).rejects.toThrow('no')
  failing = false
  expect(await store.refreshSpentOrder(10)).toBe(2)
  const { rows } = await store.listKeys({ sort: 'spent', limit: 2, at: NOON })
  expect(rows.map(({ key }) => key.id)).toEqual([small.id, large.id])
  await store.close()
})

test('keys of a commit whose answer was lost are moved, too', async () => {
  const sound = await openSqlite(':memory:', () => {})
  const store = createSqlStore({
    ...sound,
    async runSteps(steps) {
      await sound.runSteps(steps)
      if (steps.length > 1) throw new Error('the connection broke')
      return true
    },
  })
  await seed(store)
  await addKey(store, 9)
  const key = await addKey(store, 8)
  await store.refreshSpentOrder(10)
  await expect(
    store.commitLedger([{ kind: 'event', event: eventOf(key.id, 'a', { amount: 2n }) }]),
  ).rejects.toThrow('broke')
  await store.refreshSpentOrder(10)
  const { rows } = await store.listKeys({ sort: 'spent', limit: 1, at: NOON })
  expect(rows.map(({ key }) => key.id)).toEqual([key.id])
  await store.close()
})
