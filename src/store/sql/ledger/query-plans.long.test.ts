import { afterAll, describe, expect, test } from 'bun:test'
import { BUSY_OWNER, BUSY_WORKSPACE, filledId } from '../../../../test/support/fill-ledger.ts'
import { filledEngines } from '../../../../test/support/filled-engines.ts'
import type { TableRead } from '../../../../test/support/query-plans.ts'
import { eventOf, NOON, readAccount } from '../../../../test/support/records.ts'
import { DAY_MS } from '../../../core/ground/clock.ts'
import type { AccountId, LedgerEntry } from '../../../core/ledger/entries.ts'
import type { Judge } from '../../../core/ledger/judge.ts'
import type { UsageReportQuery } from '../../../core/metering/reports.ts'
import type { KeyId, UserId, WorkspaceId } from '../../../core/types.ts'
import { ended, held, reservationNumber, used } from '../../conformance/ledger-case.conformance.ts'
import type { Store } from '../../store.ts'

/**
 * By table, the sets of columns of which a look-up must use at least one whole: read in any other way, it costs more with all
 * that ever happened. Tables of users and workspaces are small, and are not looked at here.
 */
const LOOKUPS: Record<string, string[][]> = {
  spend: [
    ['key_id', 'win', 'start'],
    ['win', 'start'],
  ],
  account_spend: [
    ['kind', 'account_id', 'win', 'start'],
    ['kind', 'win', 'start'],
  ],
  account_versions: [['kind', 'account_id']],
  meta_spend: [['kind', 'account_id', 'name', 'start']],
  meta_values: [['kind', 'account_id', 'day']],
  activity: [['kind', 'start']],
  reservations: [
    ['id'],
    ['key_id', 'request_id'],
    ['key_id', 'state'],
    ['owner_id', 'state'],
    ['state', 'held_at'],
    // The index of open reservations only.
    ['workspace_id'],
    ['expires_at'],
  ],
  crossings: [['kind', 'account_id']],
  usage_events: [['id', 'key_id'], ['recorded_at']],
  key_totals: [['key_id'], ['owner_id'], ['workspace_id']],
  keys: [['id']],
  key_labels: [['key_id', 'name']],
}
const TABLES = new Set(Object.keys(LOOKUPS))
/** A page of reservations begins at one end of those of a state, in the order of the index, and reads only as many as it shows. */
const PAGE = /^reservations (after)? (undefined|open|expired|settled)$/
/** These grow with keys only: a report on many of them may read them all. */
const KEY_TABLES = new Set(['keys', 'key_totals', 'key_labels'])

const engines = await filledEngines(TABLES)
afterAll(async () => {
  for (const engine of engines) await engine.close()
})

const KEY = filledId<KeyId>(7)
const OWNER = filledId<UserId>(7)
const WORKSPACE = filledId<WorkspaceId>(7)

const FILTERS: Pick<UsageReportQuery, 'keyId' | 'ownerId' | 'workspaceId' | 'externalUserId'>[] = [
  {},
  { keyId: KEY },
  { ownerId: OWNER },
  { workspaceId: WORKSPACE },
  { ownerId: OWNER, workspaceId: WORKSPACE },
  { externalUserId: 'nobody' },
]

const GROUPS: UsageReportQuery['groupBy'][] = [
  [],
  [{ kind: 'key' }],
  [{ kind: 'owner' }],
  [{ kind: 'workspace' }],
  [{ kind: 'externalUser' }],
  [{ kind: 'label', name: 'env' }],
  [{ kind: 'meta', name: 'model' }],
  // One pair of each way to read them: whole sums by key, and details by owner, workspace, key and label.
  [{ kind: 'owner' }, { kind: 'workspace' }],
  [{ kind: 'owner' }, { kind: 'meta', name: 'model' }],
  [{ kind: 'meta', name: 'model' }, { kind: 'workspace' }],
  [{ kind: 'key' }, { kind: 'meta', name: 'model' }],
  [{ kind: 'externalUser' }, { kind: 'meta', name: 'model' }],
]

function payer(n: number) {
  return { keyId: filledId<KeyId>(n), ownerId: filledId<UserId>(n), workspaceId: filledId<WorkspaceId>(n) }
}

/** Every read of the ledger, by what it is for. */
function readsOfLedger(store: Store): [string, () => Promise<unknown>][] {
  const month = { from: NOON - 30 * DAY_MS, to: NOON, rowsMax: 100_000 }
  const after = { value: NOON - 60_000, id: filledId<string>(60) }
  const page = { at: NOON, limit: 20 }
  const accounts = [
    { kind: 'key', id: KEY },
    { kind: 'user', id: OWNER },
    { kind: 'workspace', id: WORKSPACE },
  ] as const
  return [
    ...accounts.map((account): [string, () => Promise<unknown>] => [
      `account of a ${account.kind}`,
      () => readAccount(store, account, NOON),
    ]),
    ['crossings', () => store.listCrossings({ account: { kind: 'key', id: KEY }, limit: 20 })],
    [
      'standing of a page',
      () =>
        store.standingOf(
          Array.from({ length: 100 }, (_, n) => filledId(n)),
          NOON,
        ),
    ],
    ['standing of one key', () => store.standingOf([KEY], NOON)],
    ['reservation', () => store.findReservation({ id: filledId(5) })],
    ['reservation of a request', () => store.findReservation({ keyId: KEY, requestId: 'r7' })],
    ['event', () => store.findEvent(KEY, 'e7')],
    ['run-out reservations', () => store.findRunOut(NOON, 100)],
    ['reservations held after an instant', () => store.findHeldAfter(NOON, 100)],
    ['the same behind one', () => store.findHeldAfter(NOON, 100, { heldAt: NOON, id: filledId(5) })],
    ['open reservations', () => store.countOpen(NOON, 100)],
    ['purge of events', () => store.purgeEvents(NOON - 30_000_000, 10)],
    ...[{}, { keyId: KEY }, { ownerId: OWNER }, { keyId: KEY, ownerId: OWNER }].flatMap((scope) =>
      ([undefined, 'open', 'expired', 'settled'] as const).flatMap((state) =>
        [{}, { after }].map((place): [string, () => Promise<unknown>] => [
          `reservations ${Object.keys({ ...scope, ...place }).join(' ')} ${state}`,
          () => store.listReservations({ ...page, ...scope, ...place, ...(state && { state }) }),
        ]),
      ),
    ),
    ...FILTERS.flatMap((filter) =>
      GROUPS.flatMap((groupBy) =>
        (['hour', 'day', 'month'] as const).map((interval): [string, () => Promise<unknown>] => [
          `report by ${interval} and ${JSON.stringify(groupBy)} of ${Object.keys(filter).join(' ')}`,
          () => store.usageReport({ ...month, ...filter, groupBy, interval }),
        ]),
      ),
    ),
    ...FILTERS.flatMap((filter) =>
      [false, true].map((byWorkspace): [string, () => Promise<unknown>] => [
        `activity of ${Object.keys(filter).join(' ')}${byWorkspace ? ' by workspace' : ''}`,
        () => store.activityReport({ ...month, ...filter, byWorkspace }),
      ]),
    ),
    ['commit', () => store.commitLedger(someEntries())],
    ['commit that is judged', () => store.commitLedger(someEntries(), readingJudge(accounts))],
    ...(store.sharesAccounts
      ? ([['versions', () => store.readVersions(accounts)]] as [string, () => Promise<unknown>][])
      : []),
  ]
}

/** Reads all that a judge can read. */
function readingJudge(accounts: readonly AccountId[]): Judge {
  return {
    async prepare(rows) {
      await rows.readAccounts(accounts, NOON)
      await rows.readAllowances(accounts)
      await rows.countHolds([OWNER])
      await rows.countHolds([OWNER, filledId<UserId>(8)])
    },
    admits: () => true,
  }
}

/** A commit of each kind of entry, of which some have been written before. */
function someEntries(): LedgerEntry[] {
  return Array.from({ length: 20 }, (_, n): LedgerEntry[] => {
    const hold = reservationNumber(filledId(n), 900_000 + n, { ...payer(n), requestId: `new ${n}` })
    const meta = { model: 'm', provider_name: 'p', prompt_tokens: '5' }
    return [
      used(eventOf(filledId(n), `e${n}`, { ...payer(n), meta })),
      used(eventOf(filledId(n), `new ${n}`, { ...payer(n), meta })),
      held(hold),
      ended(reservationNumber(filledId(n), 0, { ...payer(n), id: filledId(20 * n) }), 'settled'),
    ]
  }).flat()
}

for (const engine of engines) {
  describe(`reads of the ledger on ${engine.name}`, () => {
    test('each is a look-up in an index, by enough of its columns', async () => {
      let looked = 0
      const others: unknown[] = []
      for (const [name, call] of readsOfLedger(engine.store)) {
        const statements = await engine.readsOf(call)
        const reads = statements.flat()
        if (reads.length === 0) others.push([name, 'reads nothing'])
        looked += reads.length
        for (const read of reads) {
          const isWide = /^(report|activity)/.test(name) && KEY_TABLES.has(read.table)
          const isInOrder = PAGE.test(name) && read.table === 'reservations' && read.columns.includes('state')
          if (!isWide && !isInOrder && !isLookup(read)) others.push([name, read.step])
        }
      }
      console.log(`reads of the ledger on ${engine.name}: ${looked} look-ups`)
      expect(others).toEqual([])
    }, 60_000)

    test("a report on an owner's keys reads no other owner's sums, however many keys there are", async () => {
      const ownerId = filledId<UserId>(BUSY_OWNER)
      const month = { from: NOON - 30 * DAY_MS, to: NOON, rowsMax: 100_000 }
      let looked = 0
      const others: unknown[] = []
      for (const groupBy of GROUPS) {
        for (const interval of ['hour', 'day', 'month'] as const) {
          const report = { ...month, ownerId, workspaceId: WORKSPACE, groupBy, interval }
          for (const query of [report, { ...month, ownerId, groupBy, interval }]) {
            const reads = (await engine.readsOf(() => engine.store.usageReport(query))).flat()
            const sums = reads.filter(({ table }) => /spend$/.test(table))
            looked += sums.length
            for (const { table, columns, step } of sums) {
              const owned = table === 'spend' ? 'key_id' : 'account_id'
              if (!columns.includes(owned)) others.push([groupBy, interval, step])
            }
          }
        }
      }
      console.log(`reports on one owner on ${engine.name}: ${looked} look-ups`)
      expect(others).toEqual([])
      expect(looked).toBeGreaterThan(30)
    }, 60_000)

    test('a report for a caller that sees one owner or workspace finds no keys by a customer, and no sums of others', async () => {
      const month = { from: NOON - 30 * DAY_MS, to: NOON, rowsMax: 100_000 }
      const owner = { ownerId: filledId<UserId>(BUSY_OWNER), within: 'ownerId' } as const
      const workspace = { workspaceId: filledId<WorkspaceId>(BUSY_WORKSPACE), within: 'workspaceId' } as const
      // A filter beside what bounds the caller must not choose the index.
      const { ownerId } = owner
      const { workspaceId } = workspace
      const scopes = [owner, { ...owner, workspaceId }, workspace, { ...workspace, ownerId }]
      const beyond = {
        ownerId: ['external_user_id', 'workspace_id'],
        workspaceId: ['external_user_id', 'owner_id'],
      }
      let looked = 0
      const others: unknown[] = []
      for (const scope of scopes) {
        for (const customer of [{}, { externalUserId: 'nobody' }]) {
          for (const groupBy of GROUPS) {
            const query = { ...month, ...scope, ...customer, groupBy, interval: 'hour' } as const
            for (const read of (await engine.readsOf(() => engine.store.usageReport(query))).flat()) {
              looked += 1
              const { table, columns, step } = read
              const owned = table === 'spend' ? 'key_id' : 'account_id'
              const isOwn = KEY_TABLES.has(table)
                ? !beyond[scope.within].some((column) => columns.includes(column))
                : columns.includes(owned)
              if (!isOwn) others.push([scope, customer, groupBy, step])
            }
          }
        }
      }
      expect(others).toEqual([])
      expect(looked).toBeGreaterThan(100)
    }, 60_000)

    test("an owner's keys at risk are counted by reads of these keys alone", async () => {
      const ownerId = filledId<UserId>(BUSY_OWNER)
      const asked = { at: NOON, unusedSince: NOON - 90 * DAY_MS, expiresBefore: NOON + 7 * DAY_MS }
      const owned: Record<string, string[]> = {
        keys: ['owner_id', 'id'],
        key_totals: ['owner_id', 'key_id'],
        crossings: ['account_id'],
      }
      for (const scope of [{ ownerId }, { ownerId, memberId: ownerId }]) {
        const reads = (await engine.readsOf(() => engine.store.keyRisks({ ...asked, ...scope }))).flat()
        const others = reads.filter(
          ({ table, columns }) => !owned[table]?.some((column) => columns.includes(column)),
        )
        expect(others).toEqual([])
        expect(new Set(reads.map(({ table }) => table))).toEqual(new Set(Object.keys(owned)))
      }
    }, 60_000)

    test("a report on a customer finds the customer's keys by an index, and reads no other key's sums", async () => {
      const month = { from: NOON - 30 * DAY_MS, to: NOON, rowsMax: 100_000, externalUserId: 'nobody' }
      const needed: Record<string, string[]> = {
        keys: ['external_user_id', 'id'],
        key_totals: ['key_id'],
        spend: ['key_id'],
        meta_spend: ['account_id'],
        key_labels: ['key_id'],
      }
      const others: unknown[] = []
      let found = 0
      for (const groupBy of GROUPS) {
        for (const interval of ['hour', 'day', 'month'] as const) {
          const reads = await engine.readsOf(() => engine.store.usageReport({ ...month, groupBy, interval }))
          for (const { table, columns, step } of reads.flat()) {
            const isFound = (needed[table] ?? []).some((column) => columns.includes(column))
            if (table === 'keys' && columns.includes('external_user_id')) found += 1
            if (!isFound) others.push([groupBy, interval, step])
          }
        }
      }
      expect(others).toEqual([])
      expect(found).toBeGreaterThanOrEqual(GROUPS.length * 3)
    }, 60_000)
  })
}

function isLookup({ table, columns }: TableRead): boolean {
  return (LOOKUPS[table] ?? []).some((needed) => needed.every((column) => columns.includes(column)))
}
