import assert from 'node:assert/strict'
import {
  addKey,
  addUser,
  addWorkspace,
  eventOf,
  idOf,
  NOON,
  ROOT_USER,
  seed,
} from '../../../test/support/records.ts'
import { DAY_MS, HOUR_MS } from '../../core/ground/clock.ts'
import { takenBackBy } from '../../core/ledger/correcting.ts'
import type { UsageEvent } from '../../core/ledger/entries.ts'
import { metaObject } from '../../core/ledger/meta.ts'
import type { UsageGrouping, UsageReportQuery, UsageReportRow } from '../../core/metering/reports.ts'
import { windowStart } from '../../core/money/windows.ts'
import type { Key, KeyId } from '../../core/types.ts'
import type { Store } from '../store.ts'
import { used } from './ledger-case.conformance.ts'

/** The events of a store, and its keys. */
export interface Named {
  events: UsageEvent[]
  keys: Map<KeyId, Key>
}

const MODELS = ['x', 'y', 'Z', null]
const ENVS = ['prod', 'test', null]

const CUSTOMERS = ['crm-7', null, 'crm-8']

/** Three hundred events of six keys of two owners in two workspaces, over three months, in commits of uneven size. */
export async function manyEvents(store: Store): Promise<Named> {
  await seed(store)
  const owners = [ROOT_USER, (await addUser(store, 5)).id]
  const workspaces = [idOf<Key['workspaceId']>(2), (await addWorkspace(store, 6)).id]
  const keys = new Map<KeyId, Key>()
  for (let n = 0; n < 6; n++) {
    const env = ENVS[n % 3]
    const key = await addKey(store, 10 + n, {
      ownerId: owners[n % 2] ?? ROOT_USER,
      workspaceId: workspaces[n < 4 ? 0 : 1] ?? idOf(2),
      labels: env === null || env === undefined ? {} : { env },
      externalUserId: CUSTOMERS[n % 3] ?? null,
    })
    keys.set(key.id, key)
  }
  const all = [...keys.values()]
  const events = Array.from({ length: 300 }, (_, n) => {
    const key = all[(n * 7) % 6]
    assert.ok(key)
    const model = MODELS[(n * 5) % 4]
    return eventOf(key.id, `e${n}`, {
      ownerId: key.ownerId,
      workspaceId: key.workspaceId,
      amount: BigInt(n) * 1_000_000_007n,
      byokAmount: BigInt(n % 11),
      requests: n % 4,
      at: NOON - ((n * 7_919) % 2_000) * HOUR_MS - (n % 60) * 60_000,
      meta: model === null || model === undefined ? { other: 'o' } : { model, other: 'o' },
    })
  })
  for (let from = 0, size = 1; from < events.length; from += size, size = (size * 3) % 50) {
    await store.commitLedger(events.slice(from, from + size).map(used))
  }
  return { events, keys }
}

const GROUPINGS: readonly UsageGrouping[] = [
  { kind: 'key' },
  { kind: 'owner' },
  { kind: 'workspace' },
  { kind: 'externalUser' },
  { kind: 'label', name: 'env' },
  { kind: 'meta', name: 'model' },
]

const ONE_BY_ONE: readonly UsageReportQuery['groupBy'][] = [[], ...GROUPINGS.map((one) => [one])]

/** Nothing, each grouping, and each pair in both orders. */
export const EVERY_GROUP_BY: readonly UsageReportQuery['groupBy'][] = [
  ...ONE_BY_ONE,
  ...GROUPINGS.flatMap((one) => GROUPINGS.filter((other) => other !== one).map((other) => [one, other])),
]

/** Nothing, each grouping, and two pairs: for tests about records that were stored before. */
const SOME_GROUP_BY: readonly UsageReportQuery['groupBy'][] = [
  ...ONE_BY_ONE,
  [{ kind: 'key' }, { kind: 'meta', name: 'model' }],
  [{ kind: 'label', name: 'env' }, { kind: 'owner' }],
]

/** Asserts that every report equals the sum of the events. */
export async function compareAll(
  store: Store,
  events: readonly UsageEvent[],
  { keys, groupBys = SOME_GROUP_BY }: { keys: Named['keys']; groupBys?: typeof SOME_GROUP_BY },
) {
  let reports = 0
  let compared = 0
  const [, other] = [...keys.values()]
  assert.ok(other)
  const { id: keyId, ownerId, workspaceId } = other
  const filters = [
    {},
    { ownerId },
    { workspaceId },
    { keyId },
    { ownerId, workspaceId },
    { ownerId: ROOT_USER, keyId },
    { workspaceId, keyId, ownerId },
    { externalUserId: 'crm-7' },
    { externalUserId: 'crm-8', ownerId, workspaceId },
    { externalUserId: 'nobody' },
    { externalUserId: 'crm-7', ownerId, within: 'ownerId' as const },
    { externalUserId: 'crm-7', workspaceId, within: 'workspaceId' as const },
    { workspaceId, within: 'workspaceId' as const },
  ]
  for (const filter of filters) {
    for (const groupBy of groupBys) {
      for (const interval of ['hour', 'day', 'week', 'month'] as const) {
        const query = {
          from: NOON - 50 * DAY_MS,
          to: NOON - DAY_MS,
          interval,
          groupBy,
          rowsMax: 1_000,
          ...filter,
        }
        const rows = await store.usageReport(query)
        assert.deepEqual(rows, recomputed(query, events, keys), JSON.stringify({ filter, groupBy, interval }))
        reports += 1
        compared += rows.length
      }
    }
  }
  return { reports, rows: compared }
}

/** The report computed from all events. */
export function recomputed(
  query: UsageReportQuery,
  events: readonly UsageEvent[],
  keys: Named['keys'],
): UsageReportRow[] {
  const rows = new Map<string, UsageReportRow>()
  const from = intervalStart(query.interval, query.from)
  const last = intervalStart(query.interval, query.to - 1)
  for (const event of events) {
    const start = intervalStart(query.interval, event.at)
    if (start < from || start > last || !passes(query, event, keys)) continue
    const groups = query.groupBy.map((grouping) => groupOf(grouping, event, keys))
    const name = JSON.stringify([start, groups])
    const nothing = { amount: 0n, byokAmount: 0n, requests: 0, corrected: 0n, byokCorrected: 0n }
    const row = rows.get(name) ?? { start, groups, ...nothing }
    const taken = takenBackBy(event)
    row.corrected += taken.amount
    row.byokCorrected += taken.byokAmount
    row.amount += event.amount
    row.byokAmount += event.byokAmount
    row.requests += event.requests
    rows.set(name, row)
  }
  return [...rows.values()].sort(
    (one, other) =>
      one.start - other.start ||
      one.groups.reduce((order, group, place) => order || compare(group, other.groups[place] ?? null), 0),
  )
}

/** Orders by text, null last. */
function compare(one: string | null, other: string | null): number {
  if (one === other) return 0
  if (one === null || other === null) return one === null ? 1 : -1
  return one < other ? -1 : 1
}

function passes(
  { ownerId, workspaceId, keyId, externalUserId }: UsageReportQuery,
  event: UsageEvent,
  keys: Named['keys'],
): boolean {
  return (
    (ownerId === undefined || event.ownerId === ownerId) &&
    (workspaceId === undefined || event.workspaceId === workspaceId) &&
    (keyId === undefined || event.keyId === keyId) &&
    (externalUserId === undefined || keys.get(event.keyId)?.externalUserId === externalUserId)
  )
}

function groupOf(grouping: UsageGrouping, event: UsageEvent, keys: Named['keys']): string | null {
  switch (grouping.kind) {
    case 'key':
      return event.keyId
    case 'owner':
      return event.ownerId
    case 'workspace':
      return event.workspaceId
    case 'externalUser':
      return keys.get(event.keyId)?.externalUserId ?? null
    case 'label':
      return keys.get(event.keyId)?.labels[grouping.name] ?? null
    case 'meta':
      return metaObject(event.meta)[grouping.name] ?? null
  }
}

function intervalStart(interval: UsageReportQuery['interval'], at: number): number {
  switch (interval) {
    case 'hour':
      return Math.floor(at / HOUR_MS) * HOUR_MS
    case 'day':
      return windowStart('daily', at)
    case 'week':
      return windowStart('weekly', at)
    case 'month':
      return windowStart('monthly', at)
  }
}
