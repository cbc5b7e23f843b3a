import { Kysely, sql } from 'kysely'
import type { Pool, PoolConfig } from 'pg'
import { POSTGRES_FORMS } from '../migrations/forms.ts'
import { migrate } from '../migrations/migrate.ts'
import { StoreOpenError } from '../open-error.ts'
import type { OpenOptions } from '../open-options.ts'
import { readInThreads } from '../reading/threads.ts'
import type { SqlDatabase } from '../sql/base/database.ts'
import { runStepsInTransaction } from '../sql/base/row-steps.ts'
import { TABLE_NAMES, type Tables } from '../sql/base/tables.ts'
import { POSTGRES_CAPABILITIES } from './capabilities.ts'
import { postgresDialect } from './driver.ts'
import { createNotifications } from './notifications.ts'
import { requireNoOlderProcess } from './older-process.ts'
import { type Newest, onlyForward } from './only-forward.ts'
import { READING_CONNECTIONS, type ReadingPlace } from './open-reading.ts'
import { isPooled } from './pooler.ts'
import { bareSessionsAt, newPool, SERVER_BOUNDS, type ServerBounds, sessionsAt } from './sessions.ts'
import { whyUnusable } from './unusable.ts'

const OLDEST_VERSION = 140_000
/**
 * Connections by purpose, so that no kind of work can take those of another: changes of records that somebody has locked, or a slow
 * commit of the ledger. Long reads have their own, see `open-reading.ts`.
 */
const CONNECTIONS = { changes: 4, reads: 4, ledger: 1, chores: 1, membership: 2 } as const
/**
 * A commit of the ledger gives up sooner than other work, because it must not wait for a row that an operator has locked. The time is
 * enough for several nodes that commit to one account in turn. It is set for the transaction, because a pooler takes no such settings with
 * the connection.
 */
const LEDGER_LOCK_MS = 250
const LEDGER_SETTINGS = `set local lock_timeout = ${LEDGER_LOCK_MS}`
/** Short reads by keys and indexes. */
const READ_MS = 5_000
/** Messages between nodes are of no use when they are late: by then a lease of the usual length has expired. */
const MEMBERSHIP_MS = 1_000

/**
 * Opens a database of PostgreSQL >= 14 and migrates it to this program's schema. Throws {@link StoreOpenError} when it cannot be
 * reached, is too old, is not encoded as UTF-8, or is in use by a version without support for nodes. `onNotice` is called when the
 * database has gone back to an older state; then every call fails.
 */
export async function openPostgres(url: string, options: PostgresOptions = {}): Promise<SqlDatabase> {
  const place = placeOf(url)
  try {
    return await open(url, { place, ...options })
  } catch (error) {
    if (error instanceof StoreOpenError) throw error
    const reason = whyUnusable(error)
    if (reason === null) throw error
    throw new StoreOpenError(`${place} cannot be used: ${reason}`, { cause: error })
  }
}

/** The options of opening besides the address. */
type PostgresOptions = Omit<OpenOptions, 'onBroken'>

type Opening = PostgresOptions & Newest

async function open(
  url: string,
  { silent = false, isServer = false, ...newest }: Opening,
): Promise<SqlDatabase> {
  const pooled = await isPooled(bareSessionsAt(url))
  await prepare(url)
  const pools = openPools(url, pooled)
  const { close: forget, ...forward } = await onlyForward(pools.of.reads, newest).catch(
    async (error: unknown) => {
      await pools.close()
      throw error
    },
  )
  const longReads = readInThreads(WORKER, {
    atOnce: READING_CONNECTIONS,
    isServer,
    dataOf: (lane, limitMs): ReadingPlace => ({
      url,
      lane,
      limitMs,
      connections: READING_CONNECTIONS[lane],
      pooled,
    }),
  })
  // Behind a pooler notifications reach nobody, and the listening session would soon be somebody else's.
  const listening = pooled || silent ? null : bareSessionsAt(url)
  const others = createNotifications({ run: pools.notify, listening })
  const db: SqlDatabase = {
    writer: pools.of.changes,
    reader: pools.of.reads,
    chores: pools.of.chores,
    membership: pools.of.membership,
    changesAtOnce: CONNECTIONS.changes,
    ...POSTGRES_CAPABILITIES,
    longReads,
    others,
    runSteps: (steps, { errand } = {}) =>
      runStepsInTransaction(db, steps, errand === 'chore' ? db.chores : pools.of.ledger),
    runDecided: (decide) => runStepsInTransaction(db, decide, pools.of.ledger),
    requireOwnership() {
      forward.requireForward()
    },
    willAnswer: forward.willAnswer,
    async close() {
      await forget()
      await longReads.close()
      await others.close()
      await pools.close()
    },
  }
  return db
}

type PoolName = keyof typeof CONNECTIONS

/** The differences of the sessions for one purpose. */
type Own = Partial<ServerBounds> &
  Pick<PoolConfig, 'query_timeout' | 'connectionTimeoutMillis'> & {
    settings?: string
    passing?: boolean
  }

const OWN: Partial<Record<PoolName, Own>> = {
  // Verifies wait for these reads, so a cut connection has to be noticed soon.
  reads: { query_timeout: READ_MS },
  ledger: { settings: LEDGER_SETTINGS },
  // A lost acknowledgement only makes others wait longer. Rows and renewals are written durably, see `joinNode` and `renewNode`.
  membership: {
    passing: true,
    lock_timeout: MEMBERSHIP_MS,
    statement_timeout: MEMBERSHIP_MS,
    query_timeout: MEMBERSHIP_MS,
    connectionTimeoutMillis: MEMBERSHIP_MS,
  },
}

function openPools(url: string, pooled: boolean) {
  const open = (name: PoolName) => {
    const { query_timeout, connectionTimeoutMillis, settings = '', passing, ...own } = OWN[name] ?? {}
    const bounds = { ...SERVER_BOUNDS, ...own }
    const waits = {
      ...(query_timeout && { query_timeout }),
      ...(connectionTimeoutMillis && { connectionTimeoutMillis }),
    }
    const sessions = pooled ? bareSessionsAt(url) : sessionsAt(url, bounds)
    const pool = newPool({ ...sessions, ...waits, max: CONNECTIONS[name] })
    return new Kysely<Tables>({
      dialect: postgresDialect(pool, {
        settings,
        ...(passing && { passing }),
        ...(pooled && { pooled: bounds }),
      }),
    })
  }
  const names = Object.keys(CONNECTIONS) as PoolName[]
  const of = Object.fromEntries(names.map((name) => [name, open(name)])) as Record<PoolName, Kysely<Tables>>
  return {
    of,
    notify: async (channel: string) => {
      await sql`select pg_notify(${channel}, '')`.execute(of.membership)
    },
    async close() {
      for (const each of Object.values(of)) await each.destroy()
    },
  }
}

// The file is named in full here, because bundlers recognise this form.
const WORKER = new URL('./postgres-reading-worker.ts', import.meta.url)

// Migrations have connections of their own, because one may take as long as it needs.
async function prepare(url: string): Promise<void> {
  // These sessions have no bounds of ours; each migration lifts those of the role and the database.
  const { query_timeout, ...unbounded } = bareSessionsAt(url)
  const pool = newPool(unbounded)
  const kysely = new Kysely<Tables>({
    dialect: postgresDialect(pool, {
      pooled: { lock_timeout: 0, statement_timeout: 0, idle_in_transaction_session_timeout: 0 },
    }),
  })
  try {
    const schema = await requireSuitable(pool)
    await requireNoOlderProcess(kysely)
    await migrate(kysely, { forms: POSTGRES_FORMS, schema })
    await requireRights(pool, schema)
  } finally {
    await kysely.destroy()
  }
}

/** Refuses a server that cannot keep our promises, and returns the schema in which the tables are made. */
async function requireSuitable(pool: Pool): Promise<string> {
  const { rows } = await pool.query<{
    version: string
    shown: string
    encoding: string
    schema: string | null
    standby: boolean
    read_only: string
  }>(
    `select current_setting('server_version_num') as version, current_setting('server_version') as shown,
      current_setting('server_encoding') as encoding, current_schema() as schema,
      pg_is_in_recovery() as standby, current_setting('default_transaction_read_only') as read_only`,
  )
  const [server] = rows
  if (Number(server?.version) < OLDEST_VERSION) {
    throw new StoreOpenError(`PostgreSQL ${server?.shown} is too old: Latchkey needs version 14 or later.`)
  }
  if (server?.encoding !== 'UTF8') {
    throw new StoreOpenError(
      `The database is encoded as ${server?.encoding}: Latchkey needs one encoded as UTF8.`,
    )
  }
  if (server.standby) {
    throw new StoreOpenError('The server is a standby, which takes no writes. Name the primary.')
  }
  if (server.read_only === 'on') {
    throw new StoreOpenError(
      'The database or its role is set to default_transaction_read_only, so nothing could be written.',
    )
  }
  if (server.schema === null) throw new StoreOpenError('No schema of the search_path exists in the database.')
  return server.schema
}

/** Refuses a role that lacks a right, at the start and not when a caller needs it. */
async function requireRights(pool: Pool, schema: string): Promise<void> {
  const { rows } = await pool.query<{ name: string; lacking: string }>(
    `select name, lacking from (
      select tablename as name, array_to_string(array(
        select needed from unnest(array['select', 'insert', 'update', 'delete']) as needed
        where not has_table_privilege(format('%I.%I', schemaname, tablename), needed)), ', ') as lacking
      from pg_tables where schemaname = $1) as tables
    where lacking <> '' and name = any($2) order by name`,
    [schema, TABLE_NAMES],
  )
  const [first] = rows
  if (first === undefined) return
  throw new StoreOpenError(
    `The role of the database URL lacks rights on the table ${first.name}: ${first.lacking}. ` +
      'Make it the owner of the tables, or grant it select, insert, update and delete on all of them.',
  )
}

/** The address of the database, without the password that the URL may hold. */
function placeOf(url: string): string {
  try {
    const { host, pathname } = new URL(url)
    return `PostgreSQL at ${host}${pathname}`
  } catch {
    // The error would quote the URL.
    throw new StoreOpenError('The database URL is not a valid URL.')
  }
}
