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
import { MAX } from '../../core/ground/bounds.ts'
import { DAY_MS, HOUR_MS } from '../../core/ground/clock.ts'
import type { UsageEvent } from '../../core/ledger/entries.ts'
import type { UsageReportRow } from '../../core/metering/reports.ts'
import { windowStart } from '../../core/money/windows.ts'
import type { KeyId } from '../../core/types.ts'
import type { Store } from '../store.ts'
import type { It } from './case.conformance.ts'
import { used } from './ledger-case.conformance.ts'

const DAY = windowStart('daily', NOON)
const SIZE = 700

/** `commitLedger`: the bound on different metadata values. */
export function ledgerMetaTests(it: It): void {
  it('commitLedger > any number of metadata values, under any number of names and at all hours, takes a bounded number of rows', async (store) => {
    await seed(store)
    for (let commit = 0; commit < 3; commit++) {
      await write(store, ROOT_KEY, SIZE, (n) => ({
        id: `${commit} ${n}`,
        at: DAY + (n % 24) * HOUR_MS,
        meta: { [n % 2 === 0 ? 'user' : `name${n}`]: `v${commit} ${n}`, kind: 'all' },
      }))
    }
    const rows = await byMeta(store, 'user')
    const named = rows.filter(({ groups: [group] }) => group !== null)
    // The first commit has found places for all of its values; it is open which values of the second get the rest.
    assert.ok(named.length <= MAX.metaValues - 1 - SIZE / 2, `${named.length} named`)
    assert.equal(named.filter(({ groups: [group] }) => group?.startsWith('v0')).length, SIZE / 2)
    assert.equal(named.filter(({ groups: [group] }) => group?.startsWith('v2')).length, 0)
    assert.deepEqual(sums(rows), [3n * BigInt(SIZE), 3 * SIZE])
    // A value with a place is added up at every hour, however many values came after it.
    await write(store, ROOT_KEY, 24, (n) => ({
      id: `again ${n}`,
      at: DAY + n * HOUR_MS,
      meta: { user: 'v0 0', kind: 'all' },
    }))
    const [first] = (await byMeta(store, 'user')).filter(({ groups: [group] }) => group === 'v0 0')
    assert.equal(first?.requests, 25)
    const [all] = await byMeta(store, 'kind')
    assert.deepEqual([all?.groups[0], all?.requests], ['all', 3 * SIZE + 24])
  })

  it('commitLedger > a metadata value that one commit brings at several hours of a day takes one place', async (store) => {
    await seed(store)
    const half = MAX.metaValues / 2
    for (const commit of [0, 1])
      await write(store, ROOT_KEY, 3 * half, (n) => ({
        id: `${commit} ${n}`,
        at: DAY + (n % 3) * HOUR_MS,
        meta: { user: `v${commit} ${Math.floor(n / 3)}` },
      }))
    const named = (await byMeta(store, 'user')).filter(({ groups: [group] }) => group !== null)
    assert.deepEqual([named.length, ...sums(named)], [2 * half, 6n * BigInt(half), 6 * half])
  })

  it('commitLedger > a full day of one account takes no place from another account or day', async (store) => {
    await seed(store)
    const place = {
      ownerId: (await addUser(store, 100)).id,
      workspaceId: (await addWorkspace(store, 200)).id,
    }
    await addKey(store, 10, place)
    for (const commit of [0, 1])
      await write(store, ROOT_KEY, SIZE, (n) => ({ id: `${commit} ${n}`, meta: { user: `v${commit} ${n}` } }))
    await write(store, idOf<KeyId>(10), 5, (n) => ({ ...place, id: `${n}`, meta: { user: `other ${n}` } }))
    await write(store, ROOT_KEY, 5, (n) => ({ id: `y ${n}`, at: DAY - 1, meta: { user: `yesterday ${n}` } }))
    const groups = (await byMeta(store, 'user', DAY - DAY_MS)).map(({ groups: [group] }) => group)
    assert.equal(groups.filter((group) => group?.startsWith('v')).length, MAX.metaValues)
    for (let n = 0; n < 5; n++) {
      assert.ok(groups.includes(`other ${n}`))
      assert.ok(groups.includes(`yesterday ${n}`))
    }
  })
}

async function write(
  store: Store,
  keyId: KeyId,
  count: number,
  members: (n: number) => Partial<UsageEvent> & { id: string },
): Promise<void> {
  const events = Array.from({ length: count }, (_, n) => {
    const { id, ...rest } = members(n)
    return used(eventOf(keyId, id, { amount: 1n, ...rest }))
  })
  await store.commitLedger(events)
}

function byMeta(store: Store, name: string, from = DAY): Promise<UsageReportRow[]> {
  const groupBy = [{ kind: 'meta', name }] as const
  return store.usageReport({ from, to: DAY + DAY_MS, interval: 'day', groupBy, rowsMax: 10_000 })
}

function sums(rows: readonly UsageReportRow[]): [bigint, number] {
  return [
    rows.reduce((sum, { amount }) => sum + amount, 0n),
    rows.reduce((sum, { requests }) => sum + requests, 0),
  ]
}
