import { setImmediate as othersTurn } from 'node:timers/promises'
import {
  type CompiledQuery,
  type DatabaseConnection,
  type Dialect,
  type Driver,
  PostgresIntrospector,
  PostgresQueryCompiler,
  type QueryResult,
  type TransactionSettings,
} from 'kysely'
import { LRUCache } from 'lru-cache'
import { DatabaseError, type Pool, type PoolClient } from 'pg'
import { requireStorableTexts, type SqlFailure } from '../sql/base/database.ts'
import { MigrationAdapter } from './migration-lock.ts'
import type { ServerBounds } from './sessions.ts'

/** Statements that every session keeps prepared; each costs the server some memory. */
const STATEMENTS_PREPARED = 300
/** Statements whose uses are counted, to find those worth preparing. */
const STATEMENTS_COUNTED = 2_000
const USES_BEFORE_PREPARING = 3

/** How a pool of sessions is used. */
export interface SessionUse {
  /** Statements that begin every transaction. */
  settings?: string
  /** True where a commit may be answered before it is on disk: what it writes is of no use after the server has ended. */
  passing?: boolean
  /** Set where another session may answer each transaction: nothing is then left on a session, and each transaction brings these bounds. */
  pooled?: ServerBounds
}

/** Kysely over a pool of `pg`. */
export function postgresDialect(pool: Pool, use: SessionUse = {}): Dialect {
  return {
    createDriver: () => createDriver(pool, use),
    createAdapter: () => new MigrationAdapter(),
    createQueryCompiler: () => new PostgresQueryCompiler(),
    createIntrospector: (db) => new PostgresIntrospector(db),
  }
}

interface Connection extends DatabaseConnection {
  client: PoolClient
  /** Set when the session's state is unknown; it is then closed instead of used again. */
  broken: boolean
}

function createDriver(pool: Pool, { settings: own = '', pooled, passing = false }: SessionUse): Driver {
  const ready = new WeakSet<PoolClient>()
  // A pooler would look for a prepared statement in a session that never heard of it.
  const nameOf = pooled === undefined ? createNames() : () => undefined
  const ownSettings = pooled === undefined ? own : `${settingsOf(pooled)}; ${own}`

  async function acquire(): Promise<Connection> {
    const client = await pool.connect()
    try {
      if (pooled === undefined && !ready.has(client))
        await client.query(passing ? PASSING_COMMITS : durableCommits('session'))
      ready.add(client)
      return createConnection(client, nameOf)
    } catch (error) {
      client.release(true)
      throw error
    }
  }

  return {
    init: async () => {},
    acquireConnection: acquire,
    async releaseConnection(connection) {
      const { client, broken } = connection as Connection
      client.release(broken)
    },
    async beginTransaction(connection, settings) {
      await (connection as Connection).client.query(`${beginning(settings)}; ${ownSettings}`)
    },
    async commitTransaction(connection) {
      await (connection as Connection).client.query('commit')
    },
    async rollbackTransaction(connection) {
      const ours = connection as Connection
      if (ours.broken) return
      try {
        await ours.client.query('rollback')
      } catch {
        // The server undoes what a lost session leaves open; what matters is the error that led here.
        ours.broken = true
      }
    },
    destroy: () => pool.end(),
  }
}

function createConnection(client: PoolClient, nameOf: (sql: string) => string | undefined): Connection {
  async function executeQuery<Row>({ sql, parameters }: CompiledQuery): Promise<QueryResult<Row>> {
    requireStorableTexts(parameters)
    const name = nameOf(sql)
    const query = { text: sql, values: [...parameters] }
    try {
      const { rows, rowCount } = await client.query(name === undefined ? query : { name, ...query })
      return { rows: rows as Row[], numAffectedRows: BigInt(rowCount ?? 0) }
    } catch (error) {
      // The answer may still come, in the middle of somebody else's.
      if (LATE.test(String(error))) connection.broken = true
      throw error
    }
  }
  const connection: Connection = {
    client,
    broken: false,
    executeQuery,
    // Over the network rows come in pieces anyway; a cursor would cost a short read two more round trips.
    async *streamQuery<Row>(query: CompiledQuery, count: number): AsyncGenerator<QueryResult<Row>> {
      const { rows } = await executeQuery<Row>(query)
      for (let from = 0; from < rows.length; from += count) {
        if (from > 0) await othersTurn()
        yield { rows: rows.slice(from, from + count) }
      }
    },
  }
  return connection
}

/**
 * Names for the statements that come again and again: a session prepares a named statement once, which saves most of what
 * a short one costs. Those that come rarely (lists of another length each time) get none, so that sessions do not fill up.
 */
function createNames(): (sql: string) => string | undefined {
  const names = new Map<string, string>()
  const uses = new LRUCache<string, number>({ max: STATEMENTS_COUNTED })
  return (sql) => {
    const known = names.get(sql)
    if (known !== undefined || names.size === STATEMENTS_PREPARED) return known
    const count = (uses.get(sql) ?? 0) + 1
    uses.set(sql, count)
    if (count > USES_BEFORE_PREPARING) names.set(sql, `latchkey_${names.size}`)
    return names.get(sql)
  }
}

function beginning({
  isolationLevel = 'read committed',
  accessMode = 'read write',
}: TransactionSettings): string {
  return `begin isolation level ${isolationLevel} ${accessMode}`
}

const PASSING_COMMITS = 'set synchronous_commit = off'

// A server, database or role may be set to answer commits before they are written. Stricter settings stay as they are.
function durableCommits(scope: 'session' | 'transaction'): string {
  const isOff = `current_setting('synchronous_commit') = 'off'`
  return `select set_config('synchronous_commit', 'on', ${scope === 'transaction'}) where ${isOff}`
}

function settingsOf(bounds: ServerBounds): string {
  const each = Object.entries(bounds).map(([name, ms]) => `set local ${name} = ${ms}`)
  return [...each, durableCommits('transaction')].join('; ')
}

const TAKEN = '23505'
/** A server that has become a standby refuses even to begin a transaction that writes. */
const STANDBY = /during recovery/
const CONFLICTS: readonly string[] = ['40001', '40P01']
const LOCKED = '55P03'
/**
 * SQL states that mean that the server cannot do the work now, by their first characters: connection, resources, full
 * disk, ended by an operator, cancelled or timed out, no writes taken, a right that was taken away, input and output.
 */
const UNAVAILABLE = /^(08|53|57P|57014|25P0[34]|25006|42501|58)/
/** What the operating system says of a connection that does not come about or breaks. */
const NETWORK = /^(ECONN|EPIPE|ETIMEDOUT|ENOTFOUND|EAI_|EHOST|ENET|ERR_SOCKET|ERR_STREAM)/
/** What `pg` says when it has waited too long for an answer. */
const LATE = /read timeout/i
/** `pg` gives no code to what it says of its own connections. */
const CLIENT =
  /connection terminated|timeout exceeded|read timeout|not queryable|calling end on the pool|connection error/i

/** What an error of the engine or of the way to it means; null for one that is neither. */
export function postgresFailure(error: unknown): SqlFailure | null {
  if (!(error instanceof Error)) return null
  const code = 'code' in error ? String(error.code) : ''
  if (!(error instanceof DatabaseError)) {
    return NETWORK.test(code) || CLIENT.test(error.message) ? { kind: 'unavailable' } : null
  }
  if (code === TAKEN) return { kind: 'taken', constraint: error.constraint ?? '' }
  if (CONFLICTS.includes(code)) return { kind: 'conflict' }
  if (code === LOCKED) return { kind: 'held_up' }
  const standby = code === '0A000' && STANDBY.test(error.message)
  return standby || UNAVAILABLE.test(code) ? { kind: 'unavailable' } : null
}
