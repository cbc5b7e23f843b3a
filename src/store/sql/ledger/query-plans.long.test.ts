import { afterAll, describe, expect, test } from 'bun:test'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { Kysely, type LogEvent } from 'kysely'
import { Pool, types } from 'pg'
import { BUSY_OWNER, filledId, ledgerFill } from '../../../../test/support/fill-ledger.ts'
import { postgresForTests } from '../../../../test/support/postgres.ts'
import {
  type PlanNode,
  postgresReads,
  sqliteReads,
  type TableRead,
} from '../../../../test/support/query-plans.ts'
import { eventOf, NOON, readAccount } from '../../../../test/support/records.ts'
import { DAY_MS } from '../../../core/ground/clock.ts'
import type { AccountId, LedgerEntry } from '../../../core/ledger/entries.ts'
import type { Judge } from '../../../core/ledger/judge.ts'
import type { UsageReportQuery } from '../../../core/metering/reports.ts'
import type { KeyId, UserId, WorkspaceId } from '../../../core/types.ts'
import { ended, held, reservationNumber, used } from '../../conformance/ledger-case.conformance.ts'
import { postgresDialect } from '../../postgres/driver.ts'
import { openPostgres } from '../../postgres/open.ts'
import { connectSqlite, IN_TIME } from '../../sqlite/connection.ts'
import { connectionOn } from '../../sqlite/driver.ts'
import { engineHere } from '../../sqlite/engine.ts'
import { openSqlite } from '../../sqlite/open.ts'
import type { Store } from '../../store.ts'
import type { SqlDatabase } from '../base/database.ts'
import type { Step } from '../base/row-forms.ts'
import type { Tables } from '../base/tables.ts'
import { createSqlStore } from '../store.ts'

const INT8 = 20

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
    ['state'],
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
/** These grow with keys only: a report on many of them may read them all. */
const KEY_TABLES = new Set(['keys', 'key_totals', 'key_labels'])

interface Engine {
  name: string
  store: Store
  /** The reads of the ledger's tables by the statements of a call. */
  readsOf(call: () => Promise<unknown>): Promise<TableRead[][]>
  close(): Promise<void>
}

interface Statement {
  sql: string
  parameters: readonly unknown[]
}

const seen: Statement[] = []
function noteStatements({ query: { sql, parameters } }: LogEvent): void {
  if (!/^(begin|commit|set|start|rollback)/.test(sql)) seen.push({ sql, parameters })
}

/** The same database, but what it is asked is noted, and steps are noted and not run. */
function noting(db: SqlDatabase, kysely: Kysely<Tables>): SqlDatabase {
  return {
    ...db,
    writer: kysely,
    chores: kysely,
    reader: kysely,
    // Here, where they are noted.
    longReads: null,
    runSteps: async (steps) => noteSteps(steps),
    ...(db.runDecided && {
      async runDecided(decide) {
        let fits = false
        const decided = kysely.transaction().execute(async (trx) => {
          fits = noteSteps(await decide(trx))
          throw new Undone()
        })
        await decided.catch((error) => {
          if (!(error instanceof Undone)) throw error
        })
        return fits
      },
    }),
  }
}

class Undone extends Error {}

/** False at first, as if something had been written before, so that what is stored is read, once. */
function noteSteps(steps: readonly Step[]): boolean {
  for (const { rows, statements } of steps)
    for (const { sql } of statements) seen.push({ sql, parameters: [rows] })
  return noted++ > 0
}

let noted = 0

async function statementsOf(call: () => Promise<unknown>): Promise<Statement[]> {
  seen.length = 0
  noted = 0
  await call()
  return [...seen]
}

async function filledSqlite(): Promise<Engine> {
  const folder = mkdtempSync(join(tmpdir(), 'latchkey-plans-'))
  const path = join(folder, 'latchkey.db')
  const db = await openSqlite(path, unexpected)
  const database = new DatabaseSync(path)
  database.function(IN_TIME, (_column) => 1)
  database.exec('pragma foreign_keys = off; begin')
  for (const statement of ledgerFill()) database.exec(statement)
  database.exec('commit')
  const { dialect } = connectionOn(engineHere(connectSqlite({ path, readOnly: false, journal: 'wal' })))
  const kysely = new Kysely<Tables>({ dialect, log: noteStatements })
  return {
    name: 'SQLite',
    store: createSqlStore(noting(db, kysely)),
    async readsOf(call) {
      return (await statementsOf(call)).map(({ sql, parameters }) => {
        const values = sql.includes('?1') ? [] : (parameters as (string | bigint)[])
        const steps = database.prepare(`explain query plan ${sql}`).all(...values)
        return sqliteReads({ sql, details: steps.map((step) => String(step.detail)) }, TABLES)
      })
    },
    async close() {
      database.close()
      await kysely.destroy()
      await db.close()
      rmSync(folder, { recursive: true })
    },
  }
}

async function filledPostgres(): Promise<Engine | null> {
  const postgres = await postgresForTests()
  if ('absent' in postgres) return null
  const { url, drop } = await postgres.migratedDatabase()
  const db = await openPostgres(url)
  const pool = new Pool({
    connectionString: url,
    types: { getTypeParser: (oid, format) => (oid === INT8 ? BigInt : types.getTypeParser(oid, format)) },
  })
  for (const statement of ledgerFill()) await pool.query(statement)
  await pool.query('analyze')
  const kysely = new Kysely<Tables>({ dialect: postgresDialect(pool), log: noteStatements })
  return {
    name: 'PostgreSQL',
    store: createSqlStore(noting(db, kysely)),
    async readsOf(call) {
      const reads: TableRead[][] = []
      for (const { sql, parameters } of await statementsOf(call)) {
        const { rows } = await pool.query(`explain (format json) ${sql}`, [...parameters])
        const [{ Plan: plan }] = rows[0]['QUERY PLAN'] as [{ Plan: PlanNode }]
        reads.push(postgresReads(plan, TABLES))
      }
      return reads
    },
    async close() {
      await kysely.destroy()
      await db.close()
      await drop()
    },
  }
}

const engines = [await filledSqlite(), await filledPostgres()].filter((engine) => engine !== null)
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
    ['crossings', () => store.listCrossings({ kind: 'key', id: KEY }, 20)],
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
          if (!isWide && !isLookup(read)) others.push([name, read.step])
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

function unexpected(reason: string): void {
  throw new Error(reason)
}
