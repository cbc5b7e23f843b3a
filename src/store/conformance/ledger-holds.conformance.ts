import assert from 'node:assert/strict'
import { NOON, ROOT_KEY, seed } from '../../../test/support/records.ts'
import type { Hold } from '../../core/ledger/entries.ts'
import type { It } from './case.conformance.ts'
import { ended, held, hold, reservationNumber } from './ledger-case.conformance.ts'

/** What housekeeping finds: `findRunOut`, `findHeldAfter`. */
export function ledgerHoldTests(it: It): void {
  it('findRunOut > finds those stored as open and expired at the instant, the earliest expiry first, at most the limit', async (store) => {
    await seed(store)
    const times = [NOON + 5, NOON, NOON - 5, NOON - 5, NOON + 1, NOON - 9]
    const holds = times.map((expiresAt, n) => reservationNumber(ROOT_KEY, 100 + n, { expiresAt }))
    await store.commitLedger(holds.map(held))
    const numbers = async (at: number, limit: number) =>
      (await store.findRunOut(at, limit)).map(({ id }) => Number(id.slice(-3)))
    assert.deepEqual(await numbers(NOON, 10), [105, 102, 103, 101])
    assert.deepEqual(await numbers(NOON, 2), [105, 102])
    assert.deepEqual(await numbers(NOON - 10, 10), [])
    assert.deepEqual(await store.findRunOut(NOON - 9, 1), holds.slice(5).map(hold))
    const [, , third] = holds
    assert.ok(third)
    await store.commitLedger([ended(third, 'expired')])
    assert.deepEqual(await numbers(NOON + 5, 10), [105, 103, 101, 104, 100])
  })

  it('findHeldAfter > finds those stored as open and held after the instant, the earliest first, in pages', async (store) => {
    await seed(store)
    const times = [NOON + 5, NOON, NOON + 1, NOON + 1, NOON - 5, NOON + 9]
    const holds = times.map((heldAt, n) => reservationNumber(ROOT_KEY, 100 + n, { heldAt }))
    await store.commitLedger(holds.map(held))
    const numbers = async (limit: number, last?: Pick<Hold, 'heldAt' | 'id'>) =>
      (await store.findHeldAfter(NOON, limit, last)).map(({ id }) => Number(id.slice(-3)))
    assert.deepEqual(await numbers(10), [102, 103, 100, 105])
    assert.deepEqual(await numbers(2), [102, 103])
    assert.deepEqual(await numbers(2, holds[2]), [103, 100])
    assert.deepEqual(await numbers(2, holds[3]), [100, 105])
    assert.deepEqual(await numbers(2, holds[5]), [])
    assert.deepEqual(await store.findHeldAfter(NOON + 5, 1), holds.slice(5).map(hold))
    const [first] = holds
    assert.ok(first)
    await store.commitLedger([ended(first, 'expired')])
    assert.deepEqual(await numbers(10), [102, 103, 105])
  })
}
