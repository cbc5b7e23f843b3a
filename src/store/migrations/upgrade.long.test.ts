import { afterEach, describe, expect, test } from 'bun:test'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { fileURLToPath } from 'node:url'
import { Kysely } from 'kysely'
import { Pool } from 'pg'
import { testClock } from '../../../test/support/clock.ts'
import { postgresForTests } from '../../../test/support/postgres.ts'
import {
  addKey,
  DEFAULT_WORKSPACE,
  digestNumber,
  eventOf,
  idOf,
  NOON,
  ROOT_USER,
  readAccount,
} from '../../../test/support/records.ts'
import { searchedText, searchWords } from '../../core/keys/search-text.ts'
import type { AccountId, ReservationId } from '../../core/ledger/entries.ts'
import { createLedger } from '../../core/ledger/ledger.ts'
import { chainOf, payerOf } from '../../core/ledger/spending.ts'
import type { ActivityQuery, ActivityRow } from '../../core/metering/reports.ts'
import type { KeyId, UserId, WorkspaceId } from '../../core/types.ts'
import { rejectsWith } from '../conformance/case.conformance.ts'
import {
  amountsOf,
  ended,
  held,
  reservationNumber,
  settlementOf,
  spendOf,
  used,
} from '../conformance/ledger-case.conformance.ts'
import { openStore } from '../open.ts'
import { postgresDialect } from '../postgres/driver.ts'
import { connectSqlite } from '../sqlite/connection.ts'
import { connectionOn } from '../sqlite/driver.ts'
import { engineHere } from '../sqlite/engine.ts'
import type { Store } from '../store.ts'
import { type ColumnForms, POSTGRES_FORMS, SQLITE_FORMS } from './forms.ts'
import { isMigrated, migrate } from './migrate.ts'

// Databases that programs with an older schema have filled (`filled/`), migrated to this program's schema.

const postgres = await postgresForTests()
const cleanUp: (() => Promise<unknown> | unknown)[] = []

afterEach(async () => {
  for (const step of cleanUp.splice(0).reverse()) await step()
})

interface Engine {
  name: string
  target: { forms: ColumnForms; schema?: string }
  /** Creates an empty database. */
  make(): Promise<Database>
}

interface Database {
  /** Its address for {@link openStore}. */
  url: string
  connect(): Kysely<unknown>
  run(statements: string): Promise<void>
}

const SQLITE: Engine = {
  name: 'SQLite',
  target: { forms: SQLITE_FORMS },
  async make() {
    const folder = mkdtempSync(join(tmpdir(), 'latchkey-upgrade-'))
    cleanUp.push(() => rmSync(folder, { recursive: true }))
    const path = join(folder, 'latchkey.db')
    return {
      url: `sqlite:${path}`,
      connect() {
        const connection = connectSqlite({ path, readOnly: false, journal: 'wal' })
        return new Kysely<unknown>({ dialect: connectionOn(engineHere(connection)).dialect })
      },
      async run(statements) {
        const database = new DatabaseSync(path)
        database.exec(statements)
        database.close()
      },
    }
  },
}

const POSTGRES: Engine = {
  name: 'PostgreSQL',
  target: { forms: POSTGRES_FORMS, schema: 'public' },
  async make() {
    if ('absent' in postgres) throw new Error(postgres.absent)
    const { url, drop } = await postgres.freshDatabase()
    cleanUp.push(drop)
    const connect = () => {
      const pool = new Pool({ connectionString: url })
      pool.on('error', () => {})
      return pool
    }
    return {
      url,
      connect: () => new Kysely<unknown>({ dialect: postgresDialect(connect()) }),
      async run(statements) {
        const pool = connect()
        await pool.query(statements)
        await pool.end()
      },
    }
  },
}

const KEY = idOf<KeyId>(10)
const KEY_ACCOUNT: AccountId = { kind: 'key', id: KEY }

/** The data before the migration, which must be the same after it. Amounts are by day, week, month and in total. */
interface Filled {
  step: string
  spent: [AccountId, bigint[]][]
  /** Reservations, limits of users and workspaces, and boosts; the first schema has none of them. */
  hasLedger: boolean
  /** The amount that the key may still spend today. */
  room: bigint
}

const USER = idOf<UserId>(5)
const WORKSPACE = idOf<WorkspaceId>(6)

const FILLED: Filled[] = [
  {
    step: '0001-init',
    hasLedger: false,
    spent: [
      [KEY_ACCOUNT, [3n, 31n, 31n, 63n]],
      [{ kind: 'user', id: ROOT_USER }, [3n, 31n, 31n, 63n]],
      [{ kind: 'user', id: USER }, [128n, 448n, 448n, 448n]],
      [{ kind: 'workspace', id: DEFAULT_WORKSPACE }, [3n, 287n, 287n, 319n]],
      [{ kind: 'workspace', id: WORKSPACE }, [128n, 192n, 192n, 192n]],
    ],
    room: 97n,
  },
  {
    step: '0002-ledger',
    hasLedger: true,
    spent: [
      [KEY_ACCOUNT, [3n, 543n, 543n, 575n]],
      [{ kind: 'user', id: ROOT_USER }, [3n, 543n, 543n, 575n]],
      [{ kind: 'user', id: USER }, [128n, 448n, 448n, 448n]],
      [{ kind: 'workspace', id: DEFAULT_WORKSPACE }, [3n, 799n, 799n, 831n]],
      [{ kind: 'workspace', id: WORKSPACE }, [128n, 192n, 192n, 192n]],
    ],
    // 100 and a boost of 50, less the spent and the held amounts. An expired hold holds nothing.
    room: 127n,
  },
]

const engines = 'absent' in postgres ? [SQLITE] : [SQLITE, POSTGRES]

for (const engine of engines) {
  for (const filled of FILLED) {
    describe(`a database that was filled at ${filled.step}, on ${engine.name}`, () => {
      test('has the sums it had, of keys, users and workspaces', async () => {
        const { store } = await upgraded(engine, filled)
        for (const [account, amounts] of filled.spent)
          expect([account, amountsOf(await spendOf(store, account))]).toEqual([account, amounts])
      })

      test('answers by model, endpoint, provider and tokens, also of what was used before', async () => {
        const { store } = await upgraded(engine, filled)
        expect(await activityOf(store)).toEqual(everything(filled))
        const ofOneKey = [
          ['2026-11-21', 'small', 64n, 0],
          ['2026-11-22', '', 128n, 0],
        ]
        expect((await activityOf(store, { keyId: idOf(11) })).map(shortly)).toEqual(ofOneKey)
        expect((await activityOf(store, { workspaceId: WORKSPACE })).map(shortly)).toEqual(ofOneKey)
        expect((await activityOf(store, { ownerId: USER })).map(shortly)).toEqual([
          ['2026-11-21', 'large', 256n, 0],
          ...ofOneKey,
        ])
        const more = { at: NOON - 86_400_000, amount: 1_000n, meta: { ...BY_BRIEN, prompt_tokens: '1' } }
        await store.commitLedger([used(eventOf(KEY, 'after', more))])
        const rows = (await activityOf(store, { keyId: KEY })).map(shortly)
        expect(rows).toContainEqual(['2026-11-21', 'small', 1_004n, 31])
        const byModel = { kind: 'meta', name: 'model' } as const
        const report = await reportOf(store, byModel)
        expect(report).toEqual({
          'large ': filled.hasLedger ? 776n : 264n,
          'small ': 1_000n + 2n + 4n + 64n,
          null: 1n + 128n + 16n,
        })
        expect(Object.keys(await reportOf(store, { kind: 'meta', name: 'prompt_tokens' }))).toEqual(['null'])
      })

      test('knows what was written before: events, requests, and answers to Idempotency-Keys', async () => {
        const { store } = await upgraded(engine, filled)
        const before = await spendOf(store, KEY_ACCOUNT)
        const entries = [used(eventOf(KEY, 'b', { amount: 999n }))]
        if (filled.hasLedger) {
          entries.push(used(eventOf(KEY, `reservation:${idOf(102)}`, { amount: 999n })))
          const again = held(reservationNumber(KEY, 900, { requestId: 'r1' }))
          expect(await store.commitLedger([again])).toEqual(['duplicate'])
        }
        expect(await store.commitLedger(entries)).toEqual(entries.map(() => 'duplicate'))
        expect(await spendOf(store, KEY_ACCOUNT)).toEqual(before)
        const times = { at: NOON, staleBefore: 0, staleAfter: NOON, forgetBefore: 0 }
        const claim = { scope: 's', key: 'k', fingerprint: 'f', ...times }
        expect(await store.claimIdempotency(claim, { userId: 'u', keyId: 's' })).toMatchObject({
          state: 'done',
          answer: { status: 201, body: `made ${idOf(11)}` },
        })
      })

      test('enforces the limits it had, to the nano-dollar', async () => {
        const { store } = await upgraded(engine, filled)
        const asked = await demand(store, 10, filled.room + 1n)
        expect(asked).toMatchObject({ outcome: 'no_room', bound: { account: KEY_ACCOUNT, window: 'daily' } })
        expect(await demand(store, 10, filled.room)).toMatchObject({ outcome: 'written' })
        expect(await demand(store, 10, 1n)).toMatchObject({ outcome: 'no_room' })
        const ofUser = await demand(store, 11, 53n)
        if (!filled.hasLedger) return expect(ofUser).toMatchObject({ outcome: 'written' })
        expect(ofUser).toMatchObject({
          outcome: 'no_room',
          bound: { account: { kind: 'user', id: USER }, window: 'monthly' },
        })
        expect(await demand(store, 11, 52n)).toMatchObject({ outcome: 'written' })
      })

      test('finds keys by any part of their names once it has looked at all, and says so until then', async () => {
        const { store } = await upgraded(engine, filled)
        const query = { sort: 'createdAt', limit: 100, at: NOON } as const
        const find = async (search: string) =>
          (await store.listKeys({ ...query, search })).rows.map(({ key }) => key.id)
        await rejectsWith('search_not_ready', find('a'))
        await addKey(store, 900, { name: 'made meanwhile' })
        await rejectsWith('search_not_ready', find('meanwhile'))
        let steps = 0
        for (; (await store.refreshSearch(2)) > 0; steps += 1) expect(steps).toBeLessThan(50)
        expect(steps).toBeGreaterThan(1)
        const keys = (await store.listKeys(query)).rows.map(({ key }) => key)
        expect(keys.length).toBeGreaterThan(3)
        for (const { name } of keys) {
          const part = name.slice(1, 4)
          const words = searchWords(part)
          const expected = keys.filter((key) => {
            const text = searchedText({ name: key.name, mask: key.secrets[0].mask })
            return words.length > 0 && words.every((word) => text.includes(word))
          })
          expect(await find(part)).toEqual(expected.map(({ id }) => id))
        }
      })

      test('run again changes nothing, and what is held can be settled', async () => {
        const { store, database } = await upgraded(engine, filled)
        const before = await everythingSeen(store)
        await store.close()
        const again = database.connect()
        await migrate(again, engine.target)
        expect(await isMigrated(again)).toBe(true)
        await again.destroy()
        const reopened = await opened(database)
        expect(await everythingSeen(reopened)).toEqual(before)
        const { holds } = await readAccount(reopened, KEY_ACCOUNT, NOON)
        expect(holds.map(({ id }) => id).sort()).toEqual(filled.hasLedger ? [idOf(101), idOf(105)] : [])
        if (!filled.hasLedger) return
        expect((await reopened.findReservation({ id: idOf<ReservationId>(102) }))?.settlement).toEqual(
          settlementOf({
            amount: 512n,
            released: 88n,
            meta: { model: 'large', endpoint_id: 'e1', completion_tokens: '9' },
          }),
        )
        const hold = await reopened.findReservation({ keyId: KEY, requestId: 'r1' })
        if (hold === null) throw new Error('The hold is gone.')
        const meta = { model: 'new', completion_tokens: '3' }
        await reopened.commitLedger([
          ended(hold, 'settled', { settlement: settlementOf({ amount: 7n, meta }) }),
        ])
        expect((await readAccount(reopened, KEY_ACCOUNT, NOON)).holds.map(({ id }) => id)).toEqual([
          idOf(105),
        ])
        expect((await activityOf(reopened)).map(shortly)).toContainEqual(['2026-11-22', 'new', 7n, 0])
      })
    })
  }
}

const BY_BRIEN = { model: 'small', provider_name: "O'Brien" }

function everything({ hasLedger }: Filled): ActivityRow[] {
  const settled = row('2026-11-21', 512n, { model: 'large', endpointId: 'e1', completionTokens: 9 })
  const brien = { model: 'small', providerName: "O'Brien" }
  const tokens = { promptTokens: 30, completionTokens: 5, reasoningTokens: 7 }
  return [
    row('2026-10-31', 32n, { model: 'small' }),
    row('2026-11-20', 16n, { requests: 7 }),
    row('2026-11-21', 264n, { model: 'large', byokAmount: 3n, requests: 2 }),
    ...(hasLedger ? [settled] : []),
    row('2026-11-21', 68n, { ...brien, ...tokens, requests: 2 }),
    row('2026-11-22', 129n, { requests: 2 }),
    row('2026-11-22', 2n, { ...brien, promptTokens: 12 }),
  ]
}

function row(day: string, amount: bigint, members: Partial<ActivityRow>): ActivityRow {
  return {
    start: Date.parse(`${day}T00:00:00Z`),
    workspaceId: null,
    model: '',
    modelPermaslug: '',
    endpointId: '',
    providerName: '',
    amount,
    byokAmount: 0n,
    requests: 1,
    promptTokens: 0,
    completionTokens: 0,
    reasoningTokens: 0,
    ...members,
  }
}

function shortly({ start, model, amount, promptTokens }: ActivityRow): unknown[] {
  return [new Date(start).toISOString().slice(0, 10), model, amount, promptTokens]
}

type Filter = Pick<ActivityQuery, 'keyId' | 'ownerId' | 'workspaceId'>

function activityOf(store: Store, filter: Filter = {}): Promise<ActivityRow[]> {
  const from = Date.parse('2026-10-30T00:00:00Z')
  return store.activityReport({ from, to: NOON + 1, byWorkspace: false, rowsMax: 100, ...filter })
}

/** The sums of this month by a member of the metadata. */
async function reportOf(store: Store, groupBy: { kind: 'meta'; name: string }) {
  const rows = await store.usageReport({
    from: NOON,
    to: NOON + 1,
    interval: 'month',
    groupBy: [groupBy],
    rowsMax: 100,
  })
  return Object.fromEntries(
    rows.map(({ groups: [group = null], amount }) => [group === null ? 'null' : `${group} `, amount]),
  )
}

/** Asks a ledger on the store for money of the n-th key. */
async function demand(store: Store, n: number, amount: bigint) {
  const ledger = createLedger({ store, clock: testClock(NOON) })
  const facts = await store.findFacts({ digest: digestNumber(n) }, NOON)
  if (facts === null) throw new Error('There is no such key.')
  const chain = chainOf(facts)
  const event = eventOf(idOf(n), `demand-${amount}`, { ...payerOf(facts), amount })
  for (let attempt = 0; attempt < 5; attempt += 1) {
    await ledger.load(chain)
    // Holds that have expired meanwhile are ended first.
    const admission = await ledger.admit(chain, { amount, entry: { kind: 'event', event }, caller: null })
    await ledger.drained()
    if (admission !== null && admission.outcome !== 'again') return admission
  }
  throw new Error('The accounts did not come to rest.')
}

async function everythingSeen(store: Store): Promise<unknown> {
  const accounts = FILLED[0]?.spent.map(([account]) => account) ?? []
  return {
    states: await Promise.all(accounts.map((account) => readAccount(store, account, NOON))),
    crossings: await Promise.all(
      accounts.map((account) => store.listCrossings({ account: account, limit: 100 })),
    ),
    activity: await activityOf(store),
    reservations: await store.listReservations({ at: NOON, limit: 100 }),
    keys: await store.listKeys({ sort: 'spent', limit: 100, at: NOON }),
    users: await store.listUsers({ limit: 100 }),
    workspaces: await store.listWorkspaces({ limit: 100 }),
    audit: await store.listAudit({ limit: 100 }),
    revision: await store.revision(),
  }
}

async function upgraded(engine: Engine, { step }: Filled): Promise<{ store: Store; database: Database }> {
  const database = await engine.make()
  const older = database.connect()
  await migrate(older, { ...engine.target, upTo: step })
  expect(await isMigrated(older)).toBe(false)
  await older.destroy()
  await database.run(readFileSync(fileURLToPath(new URL(`filled/${step}.sql`, import.meta.url)), 'utf8'))
  return { store: await opened(database), database }
}

async function opened({ url }: Database): Promise<Store> {
  const store = await openStore(url)
  cleanUp.push(() => store.close())
  return store
}
