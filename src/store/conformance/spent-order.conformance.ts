import assert from 'node:assert/strict'
import { addKey, eventOf, idOf, NOON, ROOT_KEY, revokeKey, seed } from '../../../test/support/records.ts'
import type { Store } from '../store.ts'
import { bySpending, type It, recordUsage, spendAt } from './case.conformance.ts'
import { ended, held, reservationNumber } from './ledger-case.conformance.ts'

const CALLERS = 20

/** `refreshSpentOrder`. */
export function spentOrderTests(it: It): void {
  it('refreshSpentOrder > moves every key to the place of its sum; the sum itself is always current', async (store) => {
    await withKeys(store, 4)
    await recordUsage(
      store,
      [1, 9, 5].map((amount, n) => eventOf(idOf(10 + n), 'a', { amount: BigInt(amount) })),
    )
    assert.equal((await spendAt(store, idOf(11), NOON)).total.amount, 9n)
    await bySpending(store)
    assert.deepEqual(await order(store), [11, 12, 10, 13])
    await recordUsage(store, [eventOf(idOf(10), 'b', { amount: 100n })])
    assert.equal((await spendAt(store, idOf(10), NOON)).total.amount, 101n)
    await bySpending(store)
    assert.deepEqual(await order(store), [10, 11, 12, 13])
  })

  it('refreshSpentOrder > follows charges and settlements alike', async (store) => {
    await withKeys(store, 3)
    await recordUsage(store, [eventOf(idOf(10), 'a', { amount: 2n })])
    await bySpending(store)
    const reservation = reservationNumber(idOf(11), 1)
    await store.commitLedger([held(reservation)])
    await store.commitLedger([ended(reservation, 'settled')])
    await bySpending(store)
    assert.deepEqual(await order(store), [11, 10, 12])
  })

  it('refreshSpentOrder > processes at most the limit, and fewer once all keys are in their places', async (store) => {
    await withKeys(store, 30)
    await bySpending(store)
    await recordUsage(
      store,
      Array.from({ length: 30 }, (_, n) => eventOf(idOf(10 + n), 'a', { amount: BigInt(n + 1) })),
    )
    assert.equal(await store.refreshSpentOrder(20), 20)
    assert.equal(await store.refreshSpentOrder(20), 10)
    assert.equal(await store.refreshSpentOrder(20), 0)
    assert.deepEqual(
      await order(store),
      Array.from({ length: 30 }, (_, n) => 39 - n),
    )
  })

  it('refreshSpentOrder > misses nothing that is recorded while it works', async (store) => {
    await withKeys(store, 10)
    const record = (caller: number) =>
      recordUsage(
        store,
        Array.from({ length: 10 }, (_, n) =>
          eventOf(idOf(10 + n), `${caller}`, { amount: BigInt((n + 1) * (n + 1) * caller) }),
        ),
      )
    const callers = Array.from({ length: CALLERS }, (_, n) => n + 1)
    await Promise.all(callers.flatMap((caller) => [record(caller), store.refreshSpentOrder(3)]))
    console.log(`refreshSpentOrder: ${CALLERS} calls beside ${CALLERS} commits for the same 10 keys`)
    await bySpending(store)
    assert.deepEqual(
      await order(store),
      Array.from({ length: 10 }, (_, n) => 19 - n),
    )
    const page = await store.listKeys({ sort: 'spent', limit: 3, at: NOON })
    assert.ok(page.next)
    assert.equal(page.next.value, String((await spendAt(store, idOf(17), NOON)).total.amount))
  })
}

/** The seed without its key, and keys 10, 11, ... */
async function withKeys(store: Store, count: number): Promise<void> {
  await seed(store)
  await revokeKey(store, ROOT_KEY)
  for (let n = 0; n < count; n++) await addKey(store, 10 + n)
}

async function order(store: Store): Promise<number[]> {
  const { rows } = await store.listKeys({ sort: 'spent', limit: 100, at: NOON })
  return rows.map(({ key }) => Number(key.id.slice(-12)))
}
