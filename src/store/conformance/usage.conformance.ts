import assert from 'node:assert/strict'
import {
  addKey,
  DEFAULT_WORKSPACE,
  eventOf,
  idOf,
  NOON,
  ROOT_KEY,
  ROOT_USER,
  readAccount,
  revokeKey,
  seed,
} from '../../../test/support/records.ts'
import type { UsageEvent } from '../../core/ledger/entries.ts'
import { metaObject } from '../../core/ledger/meta.ts'
import type { Spend, WindowSpend } from '../../core/money/spend.ts'
import type { KeyId } from '../../core/types.ts'
import {
  bySpending,
  changesNothing,
  type It,
  outcomes,
  recordUsage,
  rejectsWith,
  spendAt,
} from './case.conformance.ts'

/** The largest amount of one event. */
const AMOUNT_MAX = 2n ** 62n - 1n
const NOTHING: WindowSpend = { amount: 0n, byokAmount: 0n, requests: 0 }
const CALLERS = 20

/** `recordUses`, `commitLedger` of events, `findEvents`, `standingOf` without holds. */
export function usageTests(it: It): void {
  it('recordUses > moves lastUsedAt forward and never back, and adds to requestCount', async (store) => {
    await seed(store)
    const key = await addKey(store, 10)
    const after = async (at: number, count: number) => {
      await store.recordUses([{ keyId: key.id, at, count }])
      const { lastUsedAt, requestCount } = (await store.findKey({ id: key.id }, NOON)) ?? key
      return [lastUsedAt, requestCount]
    }
    assert.deepEqual(await after(NOON, 1), [NOON, 1])
    assert.deepEqual(await after(NOON - 5_000, 2), [NOON, 3])
    assert.deepEqual(await after(NOON + 1, 4), [NOON + 1, 7])
  })

  it('recordUses > changes nothing else: no revision, no audit entry, no updatedAt', async (store) => {
    await seed(store)
    const key = await addKey(store, 10)
    await changesNothing(store, () => store.recordUses([{ keyId: key.id, at: NOON + 1, count: 2 }]))
    assert.deepEqual(await store.findKey({ id: key.id }, NOON), {
      ...key,
      lastUsedAt: NOON + 1,
      requestCount: 2,
    })
  })

  it('recordUses > ignores unknown keys, and takes a key twice, any number of keys, and none', async (store) => {
    await seed(store)
    for (let n = 10; n < 100; n++) await addKey(store, n)
    const uses = Array.from({ length: 150 }, (_, n) => ({
      keyId: idOf<KeyId>(n + 10),
      at: NOON + n,
      count: n,
    }))
    await store.recordUses([...uses, { keyId: idOf(10), at: NOON + 7, count: 5 }])
    await store.recordUses([])
    const used = async (n: number) => {
      const key = await store.findKey({ id: idOf<KeyId>(n) }, NOON)
      return [key?.lastUsedAt, key?.requestCount]
    }
    assert.deepEqual(await used(10), [NOON + 7, 5])
    assert.deepEqual(await used(11), [NOON + 1, 1])
    assert.deepEqual(await used(99), [NOON + 89, 89])
    assert.deepEqual(await used(3), [null, 0])
  })

  it('recordUses > concurrent calls lose no count', async (store) => {
    await seed(store)
    for (let n = 10; n < 20; n++) await addKey(store, n)
    const call = (k: number) =>
      store.recordUses(
        Array.from({ length: 10 }, (_, n) => ({
          keyId: idOf<KeyId>(10 + ((n + k) % 10)),
          at: NOON + k,
          count: 1,
        })),
      )
    await Promise.all(Array.from({ length: CALLERS }, (_, k) => call(k)))
    console.log(`recordUses: ${CALLERS} concurrent calls for the same 10 keys`)
    for (let n = 10; n < 20; n++) {
      const key = await store.findKey({ id: idOf<KeyId>(n) }, NOON)
      assert.deepEqual([key?.requestCount, key?.lastUsedAt], [CALLERS, NOON + CALLERS - 1])
    }
  })

  it('commitLedger > adds events to all four windows of their time', async (store) => {
    await seed(store)
    const key = await addKey(store, 10)
    const at = (text: string) => Date.parse(text)
    const events = [
      // A Sunday, the day after, and the last instant of the month: three days, three weeks, one month.
      eventOf(key.id, 'a', {
        at: at('2026-11-22T23:59:59.999Z'),
        amount: 1n,
        byokAmount: 10n,
        requests: 100,
      }),
      eventOf(key.id, 'b', {
        at: at('2026-11-23T00:00:00.000Z'),
        amount: 2n,
        byokAmount: 20n,
        requests: 200,
      }),
      eventOf(key.id, 'c', {
        at: at('2026-11-30T23:59:59.999Z'),
        amount: 4n,
        byokAmount: 40n,
        requests: 400,
      }),
      eventOf(key.id, 'd', {
        at: at('2026-12-01T00:00:00.000Z'),
        amount: 8n,
        byokAmount: 80n,
        requests: 800,
      }),
    ]
    assert.deepEqual(await recordUsage(store, events), { accepted: 4, duplicates: 0 })
    const amounts = async (text: string) => sums(await spendAt(store, key.id, at(text)), 'amount')
    assert.deepEqual(await amounts('2026-11-22T00:00:00.000Z'), [1n, 1n, 7n, 15n])
    assert.deepEqual(await amounts('2026-11-23T12:00:00.000Z'), [2n, 2n, 7n, 15n])
    assert.deepEqual(await amounts('2026-11-30T12:00:00.000Z'), [4n, 12n, 7n, 15n])
    assert.deepEqual(await amounts('2026-12-01T12:00:00.000Z'), [8n, 12n, 8n, 15n])
    const december = await spendAt(store, key.id, at('2026-12-01T12:00:00.000Z'))
    assert.deepEqual(sums(december, 'byokAmount'), [80n, 120n, 80n, 150n])
    assert.deepEqual(sums(december, 'requests'), [800, 1_200, 800, 1_500])
  })

  it('commitLedger > an event whose key and id are stored changes nothing and is a duplicate', async (store) => {
    await seed(store)
    const key = await addKey(store, 10)
    const other = await addKey(store, 11)
    await recordUsage(store, [eventOf(key.id, 'a', { amount: 5n })])
    const again = [
      eventOf(key.id, 'a', { amount: 7n }),
      eventOf(other.id, 'a', { amount: 1n }),
      eventOf(key.id, 'A', { amount: 100n }),
    ]
    assert.deepEqual(await recordUsage(store, again), { accepted: 2, duplicates: 1 })
    assert.deepEqual(await recordUsage(store, again), { accepted: 0, duplicates: 3 })
    assert.equal((await spendAt(store, key.id, NOON)).total.amount, 105n)
    assert.equal((await spendAt(store, other.id, NOON)).total.amount, 1n)
  })

  it('commitLedger > duplicates within one call count once, the first one', async (store) => {
    await seed(store)
    const key = await addKey(store, 10)
    const events = [
      eventOf(key.id, 'a', { amount: 5n }),
      eventOf(key.id, 'b', { amount: 1n }),
      eventOf(key.id, 'a', { amount: 7n }),
    ]
    assert.deepEqual(await recordUsage(store, events), { accepted: 2, duplicates: 1 })
    assert.equal((await spendAt(store, key.id, NOON)).total.amount, 6n)
    assert.deepEqual(await recordUsage(store, []), { accepted: 0, duplicates: 0 })
  })

  it('commitLedger > a thousand events, sent again and again by several at once, count once', async (store) => {
    await seed(store)
    for (let n = 10; n < 40; n++) await addKey(store, n)
    const events = Array.from({ length: 1_000 }, (_, n) =>
      eventOf(idOf<KeyId>(10 + (n % 30)), `event-${n}`, {
        amount: BigInt(n),
        at: NOON + (n % 3) * 86_400_000,
      }),
    )
    const senders = 4
    const results = await Promise.all(
      Array.from({ length: senders }, (_, k) =>
        recordUsage(store, k % 2 === 0 ? events : events.toReversed()),
      ),
    )
    const accepted = results.reduce((sum, result) => sum + result.accepted, 0)
    console.log(`recordUsage: ${senders} concurrent senders of the same 1000 events, ${accepted} accepted`)
    assert.equal(accepted, 1_000)
    assert.equal(
      results.reduce((sum, result) => sum + result.duplicates, 0),
      (senders - 1) * 1_000,
    )
    for (let n = 10; n < 40; n++) {
      const own = events.filter((event) => event.keyId === idOf(n))
      const today = own.filter((event) => event.at === NOON)
      const spend = await spendAt(store, idOf(n), NOON)
      assert.deepEqual(spend.total, { amount: total(own), byokAmount: 0n, requests: own.length })
      assert.equal(spend.daily.amount, total(today))
    }
  })

  it('commitLedger > concurrent calls for the same keys lose nothing', async (store) => {
    await seed(store)
    for (let n = 10; n < 15; n++) await addKey(store, n)
    const call = (k: number) =>
      recordUsage(
        store,
        Array.from({ length: 5 }, (_, n) => eventOf(idOf(10 + ((n + k) % 5)), `${k}`, { amount: 1n })),
      )
    await Promise.all(Array.from({ length: CALLERS }, (_, k) => call(k)))
    console.log(`recordUsage: ${CALLERS} concurrent calls for the same 5 keys`)
    for (let n = 10; n < 15; n++) {
      const sums = { amount: BigInt(CALLERS), byokAmount: 0n, requests: CALLERS }
      assert.deepEqual(await spendAt(store, idOf(n), NOON), {
        daily: sums,
        weekly: sums,
        monthly: sums,
        total: sums,
      })
    }
  })

  it('commitLedger > records usage of a revoked key', async (store) => {
    await seed(store)
    const key = await revokeKey(store, (await addKey(store, 10)).id)
    assert.deepEqual(await recordUsage(store, [eventOf(key.id, 'late', { amount: 9n })]), {
      accepted: 1,
      duplicates: 0,
    })
    assert.equal((await spendAt(store, key.id, NOON)).total.amount, 9n)
  })

  it('commitLedger > key_not_found: one unknown key, and none of the events is written', async (store) => {
    await seed(store)
    const events = [eventOf(ROOT_KEY, 'a'), eventOf(idOf<KeyId>(99), 'b'), eventOf(ROOT_KEY, 'c')]
    await rejectsWith('key_not_found', recordUsage(store, events))
    assert.deepEqual((await spendAt(store, ROOT_KEY, NOON)).total, NOTHING)
    assert.deepEqual(await recordUsage(store, [eventOf(ROOT_KEY, 'a')]), { accepted: 1, duplicates: 0 })
  })

  it('commitLedger > sums keep every digit, however large they are', async (store) => {
    await seed(store)
    const key = await addKey(store, 10)
    // Around 2^62, 2^63 and 2^64, where columns of 64 bits could fail; in one call and in several.
    const steps: bigint[][] = [
      [AMOUNT_MAX - 1n],
      [1n],
      [1n],
      [AMOUNT_MAX, 7n, AMOUNT_MAX, 0n, AMOUNT_MAX],
      [3n],
    ]
    let amount = 0n
    let requests = 0
    for (const [round, amounts] of steps.entries()) {
      const events = amounts.map((one, n) =>
        eventOf(key.id, `${round}-${n}`, { amount: one, byokAmount: one, meta: { model: 'x' } }),
      )
      assert.deepEqual(await recordUsage(store, events), { accepted: events.length, duplicates: 0 })
      amount += amounts.reduce((sum, one) => sum + one, 0n)
      requests += events.length
      const sums = { amount, byokAmount: amount, requests }
      const all = { daily: sums, weekly: sums, monthly: sums, total: sums }
      assert.deepEqual(await spendAt(store, key.id, NOON), all)
      for (const id of [
        { kind: 'user' as const, id: ROOT_USER },
        { kind: 'workspace' as const, id: DEFAULT_WORKSPACE },
      ])
        assert.deepEqual((await readAccount(store, id, NOON)).spend, all)
      assert.equal(await store.usedOfAllTime(null), amount)
      assert.equal(await store.usedOfAllTime({ ownerId: ROOT_USER }), amount)
      const day = { from: NOON, to: NOON + 1, interval: 'day' as const, rowsMax: 10 }
      for (const groupBy of [
        [],
        [{ kind: 'key' as const }],
        [{ kind: 'meta' as const, name: 'model' }],
        [{ kind: 'owner' as const }, { kind: 'meta' as const, name: 'model' }],
      ]) {
        const [row] = await store.usageReport({ ...day, groupBy })
        assert.deepEqual([row?.amount, row?.byokAmount, row?.requests], [amount, amount, requests])
      }
      const [told] = await store.activityReport({ from: NOON, to: NOON + 1, byWorkspace: false, rowsMax: 10 })
      assert.deepEqual([told?.model, told?.amount, told?.byokAmount], ['x', amount, amount])
    }
    assert.ok(amount > 2n ** 63n)
    const other = await addKey(store, 11)
    await recordUsage(store, [eventOf(other.id, 'a', { amount: AMOUNT_MAX })])
    await bySpending(store)
    const { rows } = await store.listKeys({ sort: 'spent', limit: 2, at: NOON })
    assert.deepEqual(
      rows.map(({ key: one }) => one.id),
      [key.id, other.id],
    )
  })

  it('commitLedger > the spending of one key, however large, never keeps other keys of its owner and workspace from spending', async (store) => {
    await seed(store)
    const key = await addKey(store, 10, { limits: { total: 10n ** 18n } })
    const huge = Array.from({ length: 5 }, (_, n) =>
      eventOf(ROOT_KEY, `huge-${n}`, { amount: AMOUNT_MAX, byokAmount: AMOUNT_MAX, meta: { model: 'x' } }),
    )
    await recordUsage(store, huge)
    assert.deepEqual(await recordUsage(store, [eventOf(key.id, 'a', { amount: 1n, meta: { model: 'x' } })]), {
      accepted: 1,
      duplicates: 0,
    })
    assert.equal((await spendAt(store, key.id, NOON)).total.amount, 1n)
    assert.deepEqual(await store.listCrossings({ account: { kind: 'key', id: key.id }, limit: 10 }), [])
  })

  it('commitLedger > a limit is crossed by sums of any size', async (store) => {
    await seed(store)
    const key = await addKey(store, 10, { limits: { total: 10n ** 18n }, includeByokInLimit: true })
    for (const n of [0, 1, 2])
      await recordUsage(store, [eventOf(key.id, `${n}`, { amount: 0n, byokAmount: AMOUNT_MAX })])
    const percents = (await store.listCrossings({ account: { kind: 'key', id: key.id }, limit: 10 })).map(
      ({ percent }) => percent,
    )
    assert.deepEqual(percents.sort(), [100, 50, 80])
  })

  it('commitLedger > changes neither revision nor audit log', async (store) => {
    await seed(store)
    await changesNothing(store, () => recordUsage(store, [eventOf(ROOT_KEY, 'a', { meta: { model: 'x' } })]))
  })

  it('commitLedger > a key may be changed and used while its usage is reported', async (store) => {
    await seed(store)
    const rounds = 10
    const calls = Array.from({ length: rounds }, (_, n) => [
      recordUsage(store, [eventOf(ROOT_KEY, `${n}`)]),
      store.recordUses([{ keyId: ROOT_KEY, at: NOON + n, count: 1 }]),
      addKey(store, 100 + n),
    ]).flat()
    const { done } = await outcomes<unknown>(calls)
    console.log(
      `recordUsage: ${rounds} rounds of usage, uses and changes at once, ${done.length} calls answered`,
    )
    assert.equal(done.length, 3 * rounds)
    assert.equal((await spendAt(store, ROOT_KEY, NOON)).total.requests, rounds)
  })

  it('findEvents > returns the written events, each once, whatever the keys', async (store) => {
    await seed(store)
    const key = await addKey(store, 10)
    const own = Array.from({ length: 70 }, (_, n) => eventOf(key.id, `e${n}`, { meta: { n: `${n}` } }))
    const roots = eventOf(ROOT_KEY, 'e0', { amount: 9n })
    await recordUsage(store, [...own, roots])
    const names = [...own, roots, ...own, { keyId: ROOT_KEY, id: 'e1' }, { keyId: key.id, id: 'E1' }]
    const found = await store.findEvents(names)
    const inOrder = (events: readonly UsageEvent[]) =>
      events.toSorted((one, other) => (`${one.keyId} ${one.id}` < `${other.keyId} ${other.id}` ? -1 : 1))
    const shown = found.map((event) => ({ ...event, meta: metaObject(event.meta) }))
    assert.deepEqual(inOrder(shown), inOrder([...own, roots]))
    assert.deepEqual(await store.findEvents([]), [])
  })

  it('standingOf > returns every given key, with zeros where nothing was spent', async (store) => {
    await seed(store)
    const key = await addKey(store, 10)
    await recordUsage(store, [eventOf(key.id, 'a', { amount: 3n })])
    const standings = await store.standingOf([ROOT_KEY, key.id, idOf<KeyId>(99)], NOON)
    const none = {
      spend: { daily: NOTHING, weekly: NOTHING, monthly: NOTHING, total: NOTHING },
      reserved: { daily: 0n, weekly: 0n, monthly: 0n, total: 0n },
    }
    assert.deepEqual(standings.get(ROOT_KEY), none)
    assert.deepEqual(standings.get(idOf(99)), none)
    assert.equal(standings.get(key.id)?.spend.daily.amount, 3n)
    assert.equal(standings.size, 3)
    assert.equal((await store.standingOf([], NOON)).size, 0)
  })

  it('standingOf > reads a hundred keys at once', async (store) => {
    await seed(store)
    for (let n = 100; n < 200; n++) await addKey(store, n)
    const keyIds = Array.from({ length: 100 }, (_, n) => idOf<KeyId>(100 + n))
    await recordUsage(
      store,
      keyIds.map((id, n) => eventOf(id, 'e', { amount: BigInt(n) })),
    )
    const standings = await store.standingOf(keyIds, NOON)
    assert.deepEqual(
      keyIds.map((id) => standings.get(id)?.spend.weekly.amount),
      keyIds.map((_, n) => BigInt(n)),
    )
  })
}

function sums<Member extends keyof WindowSpend>(spend: Spend, member: Member): WindowSpend[Member][] {
  return [spend.daily, spend.weekly, spend.monthly, spend.total].map((window) => window[member])
}

function total(events: UsageEvent[]): bigint {
  return events.reduce((sum, event) => sum + event.amount, 0n)
}
