import {
  type Dialect,
  type Driver,
  PostgresIntrospector,
  PostgresQueryCompiler,
  type TransactionSettings,
} from 'kysely'
import { LRUCache } from 'lru-cache'
import { DatabaseError, type Pool, type PoolClient } from 'pg'
import type { SqlFailure } from '../sql/base/database.ts'
import { type Connection, connectionOn } from './connection.ts'
import { MigrationAdapter } from './migration-lock.ts'
import type { ServerBounds } from './sessions.ts'

/** How many statements every session keeps prepared; each costs the server some memory. */
const STATEMENTS_PREPARED = 300
/** How many statements have their uses counted, to find those that are worth preparing. */
const STATEMENTS_COUNTED = 2_000
const USES_BEFORE_PREPARING = 3

/** How a pool of sessions is used. */
export interface SessionUse {
  /** Statements that begin every transaction. */
  settings?: string
  /** True where a commit may be answered before it is on disk, because its rows are of no use after the server has ended. */
  passing?: boolean
  /**
   * Set where each transaction may get another session (a pooler). Then nothing may stay on a session, and each transaction sets these
   * bounds itself.
   */
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

function createDriver(pool: Pool, { settings: own = '', pooled, passing = false }: SessionUse): Driver {
  const ready = new WeakSet<PoolClient>()
  // A pooler would look for a prepared statement in a session that does not have it.
  const nameOf = pooled === undefined ? createNames() : () => undefined
  const ownSettings = pooled === undefined ? own : `${settingsOf(pooled)}; ${own}`

  async function acquire(): Promise<Connection> {
    const client = await pool.connect()
    try {
      if (pooled === undefined && !ready.has(client))
        await client.query(passing ? PASSING_COMMITS : durableCommits('session'))
      ready.add(client)
      return connectionOn(client, nameOf)
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
      const isReadOnly = settings.accessMode === 'read only'
      await (connection as Connection).begin(`${beginning(settings)}; ${ownSettings}`, { isReadOnly })
    },
    commitTransaction: (connection) => (connection as Connection).commit(),
    rollbackTransaction: (connection) => (connection as Connection).rollback(),
    destroy: () => pool.end(),
  }
}

/**
 * Names for statements that repeat: a session prepares a named statement once, which saves most of the cost of a short one. Rare
 * statements (lists of ever different lengths) get none, so that sessions do not fill up.
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

// A server, database or role may be set to answer commits before they are on disk. A stricter setting stays.
function durableCommits(scope: 'session' | 'transaction'): string {
  const isOff = `current_setting('synchronous_commit') = 'off'`
  return `select set_config('synchronous_commit', 'on', ${scope === 'transaction'}) where ${isOff}`
}

function settingsOf(bounds: ServerBounds): string {
  const each = Object.entries(bounds).map(([name, ms]) => `set local ${name} = ${ms}`)
  return [...each, durableCommits('transaction')].join('; ')
}

const TAKEN = '23505'
/** A standby refuses even to begin a transaction that writes. */
const STANDBY = /during recovery/
const CONFLICTS: readonly string[] = ['40001', '40P01']
const LOCKED = '55P03'
/**
 * SQL states, by their first characters, which mean that the server cannot do the work now: connection, resources, full disk, stopped
 * by an operator, cancelled or timed out, read-only, a revoked right, input and output.
 */
const UNAVAILABLE = /^(08|53|57P|57014|25P0[34]|25006|42501|58)/
/** The codes of the operating system for a connection that cannot be opened or breaks. */
const NETWORK = /^(ECONN|EPIPE|ETIMEDOUT|ENOTFOUND|EAI_|EHOST|ENET|ERR_SOCKET|ERR_STREAM)/
/** `pg` gives no codes to the errors of its own connections. */
const CLIENT =
  /connection terminated|timeout exceeded|read timeout|not queryable|calling end on the pool|connection error/i

/** The meaning of an error of the engine or of the connection; null for any other error. */
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
