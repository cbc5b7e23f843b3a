import assert from 'node:assert/strict'
import {
  addKey,
  addUser,
  addWorkspace,
  DEFAULT_WORKSPACE,
  digestNumber,
  eventOf,
  idOf,
  NOON,
  ROOT_KEY,
  ROOT_USER,
  revokeKey,
  seed,
} from '../../../test/support/records.ts'
import type { KeyQuery, KeySort } from '../../core/keys/queries.ts'
import type { Key, KeyId } from '../../core/types.ts'
import type { Store } from '../store.ts'
import { bySpending, type It, recordUsage, rejectsWith } from './case.conformance.ts'

/** More rows than any list here has. */
const ENDLESS = 500

/** `listKeys`: its orders and its pages. */
export function keyPageTests(it: It): void {
  it('listKeys > lists the newest first, ties by id, descending', async (store) => {
    await seed(store)
    await revokeKey(store, ROOT_KEY)
    for (const [n, createdAt] of [
      [10, 5],
      [11, 7],
      [12, 5],
      [13, 6],
    ] as const) {
      await addKey(store, n, { createdAt })
    }
    assert.deepEqual(await order(store, 'createdAt'), [11, 13, 12, 10])
  })

  it('listKeys > lists the last used first, never used ones last as if used at 0, ties by id, descending', async (store) => {
    await seed(store)
    await revokeKey(store, ROOT_KEY)
    for (const n of [10, 11, 12, 13, 14]) await addKey(store, n)
    await store.recordUses([
      { keyId: idOf(11), at: NOON + 2, count: 1 },
      { keyId: idOf(12), at: NOON + 1, count: 1 },
      { keyId: idOf(13), at: NOON + 2, count: 1 },
    ])
    assert.deepEqual(await order(store, 'lastUsedAt'), [13, 11, 12, 14, 10])
  })

  it('listKeys > lists the soonest to expire first, those without expiry last, ties by id, ascending', async (store) => {
    await seed(store)
    await revokeKey(store, ROOT_KEY)
    for (const [n, expiresAt] of [
      [10, null],
      [11, NOON + 5],
      [12, NOON - 5],
      [13, NOON + 5],
      [14, null],
      [15, 253_402_300_799_999],
    ] as const) {
      await addKey(store, n, { expiresAt })
    }
    assert.deepEqual(await order(store, 'expiresAt'), [12, 11, 13, 15, 10, 14])
  })

  it('listKeys > lists the most spent in total first, ties by id, descending, without usage paid elsewhere', async (store) => {
    await seed(store)
    await revokeKey(store, ROOT_KEY)
    for (const n of [10, 13, 14]) await addKey(store, n)
    // Each has an owner of its own.
    for (const n of [5, 6]) await addUser(store, n)
    for (const n of [7, 8]) await addWorkspace(store, n)
    await addKey(store, 11, { ownerId: idOf(5), workspaceId: idOf(7) })
    await addKey(store, 12, { ownerId: idOf(6), workspaceId: idOf(8) })
    await recordUsage(store, [
      eventOf(idOf(10), 'a', { amount: 5n }),
      eventOf(idOf(11), 'a', { amount: 9n * 10n ** 18n, ownerId: idOf(5), workspaceId: idOf(7) }),
      // Long ago, so that it is in no current window.
      eventOf(idOf(12), 'a', {
        amount: 9n * 10n ** 18n + 1n,
        at: NOON - 400 * 86_400_000,
        ownerId: idOf(6),
        workspaceId: idOf(8),
      }),
      eventOf(idOf(13), 'a', { amount: 5n, byokAmount: 100n }),
    ])
    await bySpending(store)
    assert.deepEqual(await order(store, 'spent'), [12, 11, 13, 10, 14])
  })

  for (const sort of ['createdAt', 'lastUsedAt', 'expiresAt', 'spent'] as const) {
    it(`listKeys > pages by ${sort} neither repeat nor miss a key, with ties and inserts between`, async (store) => {
      await seed(store)
      await fillWithTies(store)
      const whole = await order(store, sort)
      assert.equal(whole.length, 25)
      const query = { sort, limit: 3, at: NOON }
      const seen: number[] = []
      let page = await store.listKeys(query)
      let inserted = 200
      for (;;) {
        seen.push(...numbers(page.rows))
        if (page.next === null) break
        assert.ok(seen.length < ENDLESS, 'the pages go round in circles')
        // One key that sorts first, and one that sorts last, in every order.
        await addKey(store, inserted, { createdAt: NOON + inserted, expiresAt: 1 })
        await recordUsage(store, [eventOf(idOf(inserted), 'first', { amount: 10n ** 15n })])
        await bySpending(store)
        await store.recordUses([{ keyId: idOf(inserted), at: NOON + 10_000 + inserted, count: 1 }])
        await addKey(store, inserted + 1, { createdAt: 1, expiresAt: null })
        inserted += 2
        page = await store.listKeys({ ...query, after: page.next })
      }
      const old = seen.filter((n) => n < 200)
      console.log(`listKeys by ${sort}: ${inserted - 200} inserts between the pages of ${whole.length} keys`)
      assert.ok(inserted - 200 >= 16)
      assert.equal(new Set(seen).size, seen.length)
      assert.deepEqual(old, whole)
    })

    it(`listKeys > pages by ${sort} within a filter continue it`, async (store) => {
      await seed(store)
      await fillWithTies(store)
      const filters: Partial<KeyQuery>[] = [
        { workspaceId: DEFAULT_WORKSPACE },
        { labels: [{ name: 'parity', value: 'even' }] },
        { search: 'key 1' },
        { status: 'active', access: 'full' },
      ]
      for (const filter of filters) {
        const query = { sort, limit: 100, at: NOON, ...filter }
        const whole = numbers((await store.listKeys(query)).rows)
        assert.ok(whole.length > 5)
        assert.deepEqual(await walk(store, { ...query, limit: 2 }), whole)
        const skipped = await store.listKeys({ ...query, limit: 3, offset: 2 })
        assert.deepEqual(numbers(skipped.rows), whole.slice(2, 5))
        const within: Partial<KeyQuery> = { ownerId: ROOT_USER, within: 'ownerId' }
        assert.deepEqual(await walk(store, { ...query, ...within, limit: 2 }), whole)
      }
    })
  }

  it('listKeys > next is null on the last page, also when that page is full', async (store) => {
    await seed(store)
    for (const n of [10, 11, 12]) await addKey(store, n)
    const query: KeyQuery = { sort: 'createdAt', limit: 2, at: NOON }
    const first = await store.listKeys(query)
    assert.equal(first.rows.length, 2)
    assert.ok(first.next)
    const second = await store.listKeys({ ...query, after: first.next })
    assert.equal(second.rows.length, 2)
    assert.equal(second.next, null)
    assert.equal((await store.listKeys({ ...query, limit: 4 })).next, null)
    assert.ok((await store.listKeys({ ...query, limit: 3 })).next)
  })

  it('listKeys > an offset skips rows, also past the end', async (store) => {
    await seed(store)
    for (const n of [10, 11, 12]) await addKey(store, n, { createdAt: NOON + n })
    const query: KeyQuery = { sort: 'createdAt', limit: 2, at: NOON }
    assert.deepEqual(numbers((await store.listKeys({ ...query, offset: 1 })).rows), [11, 10])
    assert.deepEqual(numbers((await store.listKeys({ ...query, offset: 3 })).rows), [3])
    assert.deepEqual(await store.listKeys({ ...query, offset: 4 }), { rows: [], next: null })
  })

  it('listKeys > a cursor that no list has returned is input_invalid', async (store) => {
    await seed(store)
    for (const value of ['x', '', '1.5', '9223372036854775808', 1.5, Number.NaN, '0x10']) {
      const after = { value, id: ROOT_KEY }
      await rejectsWith('input_invalid', store.listKeys({ sort: 'spent', limit: 2, at: NOON, after }))
    }
  })
}

/** Twenty-five keys, including the root key; many of them share every value by which lists are sorted. */
async function fillWithTies(store: Store): Promise<void> {
  for (let n = 100; n < 124; n++) {
    // The ids are not in the order of creation.
    const id = idOf<KeyId>(100 + ((n * 7) % 24))
    const members: Partial<Key> = {
      id,
      name: `Key ${n}`,
      createdAt: NOON - (n % 4),
      expiresAt: n % 3 === 0 ? null : NOON + 1_000 + (n % 3),
      labels: { parity: n % 2 === 0 ? 'even' : 'odd' },
      hash: digestNumber(n),
    }
    await addKey(store, n, members)
    if (n % 5 < 3) await store.recordUses([{ keyId: id, at: NOON + (n % 2), count: 1 }])
    if (n % 5 > 1) await recordUsage(store, [eventOf(id, 'e', { amount: BigInt(n % 3) })])
  }
  await bySpending(store)
}

async function walk(store: Store, query: KeyQuery): Promise<number[]> {
  const seen: number[] = []
  let page = await store.listKeys(query)
  for (;;) {
    seen.push(...numbers(page.rows))
    if (page.next === null) return seen
    assert.ok(seen.length < ENDLESS, 'the pages go round in circles')
    page = await store.listKeys({ ...query, after: page.next })
  }
}

async function order(store: Store, sort: KeySort): Promise<number[]> {
  return numbers((await store.listKeys({ sort, limit: 100, at: NOON })).rows)
}

function numbers(rows: { key: Key }[]): number[] {
  return rows.map(({ key }) => Number(key.id.slice(-12)))
}
