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
  patchKey,
  ROOT_KEY,
  ROOT_USER,
  revokeKey,
  seed,
} from '../../../test/support/records.ts'
import { MAX } from '../../core/ground/bounds.ts'
import { DAY_MS, HOUR_MS } from '../../core/ground/clock.ts'
import type { UsageReportQuery } from '../../core/metering/reports.ts'
import { windowStart } from '../../core/money/windows.ts'
import type { Store } from '../store.ts'
import { type It, rejectsWith } from './case.conformance.ts'
import { ended, held, reservationNumber, settlementOf, used } from './ledger-case.conformance.ts'
import { compareAll, EVERY_GROUP_BY, manyEvents, recomputed } from './usage-model.conformance.ts'

/** `usageReport`, `usedOfAllTime`. */
export function ledgerReportTests(it: It): void {
  it('usageReport > every interval, group and filter equals the sum of the events to the nano-dollar', async (store) => {
    const { events, keys } = await manyEvents(store)
    const compared = await compareAll(store, events, { keys, groupBys: EVERY_GROUP_BY })
    console.log(
      `usageReport: ${compared.reports} reports with ${compared.rows} rows against ${events.length} events`,
    )
    assert.ok(compared.rows > 1_000)
  })

  it('usageReport > reports stay the same when the events have been purged', async (store) => {
    const { events, keys } = await manyEvents(store)
    for (;;) if ((await store.purgeEvents(NOON + 1, 60)) === 0) break
    assert.equal(await store.findEvent(events[0]?.keyId ?? ROOT_KEY, events[0]?.id ?? ''), null)
    await compareAll(store, events, { keys })
  })

  it('usageReport > intervals are complete: from the one that contains `from` to the one before `to`', async (store) => {
    await seed(store)
    const day = Date.parse('2026-11-22T00:00:00.000Z')
    const hours = [-1, 0, 9, 23, 24, 47, 48]
    await store.commitLedger(
      hours.map((hour) => used(eventOf(ROOT_KEY, `${hour}`, { amount: 1n, at: day + hour * HOUR_MS }))),
    )
    const starts = async (interval: UsageReportQuery['interval'], from: number, to: number) => {
      const rows = await store.usageReport({ from, to, interval, groupBy: [], rowsMax: 10 })
      return rows.map(({ start, amount }) => [(start - day) / HOUR_MS, Number(amount)])
    }
    assert.deepEqual(await starts('day', day + DAY_MS - 1, day + DAY_MS), [[0, 3]])
    assert.deepEqual(await starts('day', day, day + DAY_MS + 1), [
      [0, 3],
      [24, 2],
    ])
    assert.deepEqual(await starts('hour', day + 9 * HOUR_MS + 5, day + 24 * HOUR_MS), [
      [9, 1],
      [23, 1],
    ])
    assert.deepEqual(await starts('hour', day + 10 * HOUR_MS, day + 24 * HOUR_MS + 1), [
      [23, 1],
      [24, 1],
    ])
    assert.deepEqual(await starts('week', day + 5, day + 6), [[-6 * 24, 4]])
    assert.deepEqual(await starts('month', day + 5, day + 6), [[-21 * 24, 7]])
    assert.deepEqual(await starts('month', 0, day - 21 * DAY_MS), [])
  })

  it('usageReport > is correct for instants before 1970, in years of less than four digits and far in the future', async (store) => {
    await seed(store)
    const key = await addKey(store, 10)
    const years = ['0000', '0001', '0099', '0100', '1901', '1969', '1970', '2000', '9999']
    const days = ['01-01T00:00:00.000Z', '02-28T23:59:59.999Z', '03-01T00:59:59.999Z', '12-31T23:00:00.000Z']
    const events = years.flatMap((year) =>
      days.map((day) => {
        const at = Date.parse(`${year}-${day}`)
        return eventOf(key.id, `${year} ${day}`, { amount: BigInt(at) ** 2n % 1_000n, at, meta: { v: day } })
      }),
    )
    await store.commitLedger(events.map(used))
    for (const interval of ['hour', 'day', 'week', 'month'] as const) {
      for (const groupBy of [[], [{ kind: 'key' }], [{ kind: 'meta', name: 'v' }]] as const) {
        const query = { from: -MAX.instant, to: MAX.instant, interval, groupBy, rowsMax: 100 }
        const expected = recomputed(query, events, new Map([[key.id, key]]))
        assert.deepEqual(await store.usageReport(query), expected, `${interval} ${JSON.stringify(groupBy)}`)
      }
    }
  })

  it('usageReport > uses the present labels of keys, and the metadata of events as reported', async (store) => {
    await seed(store)
    await addKey(store, 10, { labels: { env: 'prod', team: 'a' } })
    await addKey(store, 11, { labels: { env: 'test' } })
    const meta = { model: 'x', env: 'meta' }
    await store.commitLedger([
      used(eventOf(idOf(10), 'a', { amount: 1n, meta })),
      used(eventOf(idOf(11), 'b', { amount: 2n, meta: { model: 'X' } })),
      used(eventOf(ROOT_KEY, 'c', { amount: 4n })),
    ])
    const by = (groupBy: UsageReportQuery['groupBy']) => groups(store, groupBy)
    assert.deepEqual(await by([{ kind: 'label', name: 'env' }]), { prod: 1n, test: 2n, null: 4n })
    assert.deepEqual(await by([{ kind: 'label', name: 'none' }]), { null: 7n })
    await patchKey(store, idOf(10), { labels: { env: 'test', team: 'a' } })
    assert.deepEqual(await by([{ kind: 'label', name: 'env' }]), { test: 3n, null: 4n })
    assert.deepEqual(await by([{ kind: 'meta', name: 'model' }]), { X: 2n, x: 1n, null: 4n })
    assert.deepEqual(await by([{ kind: 'meta', name: 'env' }]), { meta: 1n, null: 6n })
    assert.deepEqual(await by([{ kind: 'meta', name: 'none' }]), { null: 7n })
  })

  it('usageReport > settlements count with their metadata, holds and duplicates do not', async (store) => {
    await seed(store)
    const open = reservationNumber(ROOT_KEY, 100, { amount: 50n })
    const settlement = settlementOf({ amount: 4n, byokAmount: 2n, meta: { model: 'x' } })
    await store.commitLedger([held(open), held(reservationNumber(ROOT_KEY, 101))])
    assert.deepEqual(await groups(store, []), {})
    const end = ended(open, 'settled', { settlement })
    await store.commitLedger([end, end])
    assert.deepEqual(await groups(store, [{ kind: 'meta', name: 'model' }]), { x: 4n })
    assert.deepEqual(await groups(store, [{ kind: 'key' }]), { [ROOT_KEY]: 4n })
  })

  it('usageReport > sums over accounts may be larger than 64 bits', async (store) => {
    await seed(store)
    const amount = 2n ** 63n - 1n
    for (const n of [10, 11, 12]) {
      const place = {
        ownerId: (await addUser(store, 100 + n)).id,
        workspaceId: (await addWorkspace(store, 200 + n)).id,
      }
      await addKey(store, n, place)
      const meta: Record<string, string> = n === 12 ? {} : { model: 'x' }
      await store.commitLedger([used(eventOf(idOf(n), 'a', { ...place, amount, byokAmount: amount, meta }))])
    }
    assert.deepEqual(await groups(store, []), { null: 3n * amount })
    assert.deepEqual(await groups(store, [{ kind: 'label', name: 'env' }]), { null: 3n * amount })
    assert.deepEqual(await groups(store, [{ kind: 'meta', name: 'model' }]), { x: 2n * amount, null: amount })
  })

  it('usageReport > lists the oldest interval first, groups in the order of their text, those without one last', async (store) => {
    await seed(store)
    const values = ['b', 'B', 'a', 'é', 'z', '', '10', '9', '\u{1F600}', '\uFF5E']
    const days = [0, 1]
    await store.commitLedger(
      days.flatMap((day) => [
        ...values.map((value) =>
          used(eventOf(ROOT_KEY, `${day} ${value}`, { at: NOON - day * DAY_MS, meta: { v: value } })),
        ),
        used(eventOf(ROOT_KEY, `${day}`, { at: NOON - day * DAY_MS })),
      ]),
    )
    const query = { from: 0, to: NOON + 1, interval: 'day', groupBy: [{ kind: 'meta', name: 'v' }] } as const
    const rows = await store.usageReport({ ...query, rowsMax: 100 })
    const start = windowStart('daily', NOON)
    const bytes = values.toSorted((one, other) => Buffer.compare(Buffer.from(one), Buffer.from(other)))
    assert.deepEqual(
      rows.map((row) => [row.start, row.groups[0]]),
      [start - DAY_MS, start].flatMap((day) => [...bytes, null].map((group) => [day, group])),
    )
  })

  it('usageReport > input_invalid: more rows than allowed, but not as many', async (store) => {
    await seed(store)
    await store.commitLedger(
      [0, 1, 2].map((day) =>
        used(eventOf(ROOT_KEY, `${day}`, { at: NOON - day * DAY_MS, meta: { v: 'x' } })),
      ),
    )
    await store.commitLedger([used(eventOf(ROOT_KEY, 'other', { meta: { v: 'y' } }))])
    const report = (groupBy: UsageReportQuery['groupBy'], rowsMax: number) =>
      store.usageReport({ from: 0, to: NOON + 1, interval: 'day', groupBy, rowsMax })
    for (const [groupBy, rows] of [
      [[], 3],
      [[{ kind: 'key' }], 3],
      [[{ kind: 'meta', name: 'v' }], 4],
    ] as const) {
      assert.equal((await report(groupBy, rows)).length, rows)
      await rejectsWith('input_invalid', report(groupBy, rows - 1))
    }
  })

  it('usageReport > input_invalid: more rows or stored sums by two groups than allowed', async (store) => {
    await seed(store)
    for (const n of [10, 11]) await addKey(store, n, { labels: { env: 'prod' } })
    const events = [10, 11].flatMap((n) =>
      ['x', 'y'].map((model) => used(eventOf(idOf(n), model, { meta: { model } }))),
    )
    await store.commitLedger(events)
    const report = (groupBy: UsageReportQuery['groupBy'], bounds: { rowsMax: number; sumsMax?: number }) =>
      store.usageReport({ from: 0, to: NOON + 1, interval: 'day', groupBy, ...bounds })
    const model = { kind: 'meta', name: 'model' } as const
    for (const [groupBy, rows] of [
      [[{ kind: 'key' }, model], 4],
      [[model, { kind: 'key' }], 4],
      [[model, { kind: 'label', name: 'env' }], 2],
      [[{ kind: 'owner' }, model], 2],
      [[{ kind: 'owner' }, { kind: 'key' }], 2],
    ] as const) {
      assert.equal((await report(groupBy, { rowsMax: rows })).length, rows)
      await rejectsWith('input_invalid', report(groupBy, { rowsMax: rows - 1 }))
    }
    assert.equal((await report([{ kind: 'key' }, model], { rowsMax: 100, sumsMax: 4 })).length, 4)
    await rejectsWith('input_invalid', report([{ kind: 'key' }, model], { rowsMax: 100, sumsMax: 3 }))
  })

  it('namesOf > names keys, owners and workspaces by id, also revoked and deleted ones; unknown ids are missing', async (store) => {
    await seed(store)
    const owner = await addUser(store, 5)
    const workspace = await addWorkspace(store, 6)
    const key = await addKey(store, 10, { name: 'gone' })
    await revokeKey(store, key.id)
    const gone = { next: owner, audit: auditOf('user', owner.id) }
    await store.deleteUser(owner.id, () => gone, { act: actAt() })
    const ids = { key: [key.id, ROOT_KEY, idOf(99)], owner: [owner.id], workspace: [workspace.id] }
    const names = await store.namesOf({ ids })
    assert.deepEqual(
      names.key,
      new Map([
        [key.id, 'gone'],
        [ROOT_KEY, 'root'],
      ]),
    )
    assert.deepEqual(names.owner, new Map([[owner.id, owner.username]]))
    assert.deepEqual(names.workspace, new Map([[workspace.id, workspace.name]]))
    assert.deepEqual(await store.namesOf({ ids: {} }), {})
    assert.deepEqual(await store.namesOf({ ids: { key: [] } }), { key: new Map() })
  })

  it('usageReport > input_invalid: more stored sums than allowed, whatever their total', async (store) => {
    await seed(store)
    for (const n of [10, 11, 12]) await addKey(store, n, { labels: { env: 'prod' } })
    await store.commitLedger(
      [10, 11, 12].flatMap((n) =>
        [0, 1].map((day) => used(eventOf(idOf(n), `${day}`, { at: NOON - day * DAY_MS }))),
      ),
    )
    const report = (groupBy: UsageReportQuery['groupBy'], sumsMax: number) =>
      store.usageReport({ from: 0, to: NOON + 1, interval: 'day', groupBy, rowsMax: 100, sumsMax })
    for (const [groupBy, rows, sums] of [
      [[{ kind: 'label', name: 'env' }], 2, 6],
      [[{ kind: 'key' }], 6, 6],
      [[], 2, 2],
    ] as const) {
      assert.equal((await report(groupBy, sums)).length, rows)
      await rejectsWith('input_invalid', report(groupBy, sums - 1))
    }
  })

  it('usedOfAllTime > adds up everything, or one user alone', async (store) => {
    await seed(store)
    const owner = await addUser(store, 5)
    await addKey(store, 10, { ownerId: owner.id })
    assert.equal(await store.usedOfAllTime(null), 0n)
    await store.commitLedger([
      used(eventOf(ROOT_KEY, 'a', { amount: 3n, byokAmount: 50n, at: NOON - 100 * DAY_MS })),
      used(eventOf(idOf(10), 'b', { amount: 4n, ownerId: owner.id })),
    ])
    assert.equal(await store.usedOfAllTime(null), 7n)
    assert.equal(await store.usedOfAllTime({ ownerId: owner.id }), 4n)
    assert.equal(await store.usedOfAllTime({ ownerId: ROOT_USER }), 3n)
  })
}

async function groups(store: Store, groupBy: UsageReportQuery['groupBy']): Promise<Record<string, bigint>> {
  const rows = await store.usageReport({ from: 0, to: NOON + 1, interval: 'month', groupBy, rowsMax: 100 })
  return Object.fromEntries(rows.map(({ groups: [group = null], amount }) => [String(group), amount]))
}
