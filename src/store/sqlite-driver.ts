import type { DatabaseSync, SQLInputValue, StatementSync } from 'node:sqlite'
import {
  CompiledQuery,
  type DatabaseConnection,
  type Dialect,
  type DialectAdapter,
  type Driver,
  type QueryResult,
  SqliteIntrospector,
  SqliteQueryCompiler,
} from 'kysely'
import { LRUCache } from 'lru-cache'
import { requireStorableTexts, type SqlFailure } from './sql/database.ts'

/** Prepared statements kept per connection. Bulk statements come in several lengths, each of which is one of them. */
const STATEMENTS_KEPT = 300

/**
 * Kysely over one connection of `node:sqlite`. The connection serves one caller at a time, first come first served, so a
 * caller never sees another's open transaction. Its interface is asynchronous although the engine is not: nothing but
 * this file touches the engine, so the work can move to another thread.
 */
export function sqliteDialect(database: DatabaseSync): Dialect {
  return {
    createDriver: () => createDriver(database),
    createAdapter: () => ADAPTER,
    createQueryCompiler: () => new SqliteQueryCompiler(),
    createIntrospector: (db) => new SqliteIntrospector(db),
  }
}

const ADAPTER: DialectAdapter = {
  supportsCreateIfNotExists: true,
  // A migration that is cut short leaves nothing behind.
  supportsTransactionalDdl: true,
  supportsReturning: true,
  // The one writing connection is held while migrations run, and the file lock keeps other processes out.
  acquireMigrationLock: async () => {},
  releaseMigrationLock: async () => {},
}

function createDriver(database: DatabaseSync): Driver {
  const connection = createConnection(database)
  const turn = createTurn()
  const run = async (sql: string) => {
    await connection.executeQuery(CompiledQuery.raw(sql))
  }
  return {
    init: async () => {},
    async acquireConnection() {
      await turn.take()
      return connection
    },
    releaseConnection: async () => turn.pass(),
    // Taking the write lock at once means that no transaction has to give way after it has read.
    beginTransaction: (_, settings) => run(settings.accessMode === 'read only' ? 'begin' : 'begin immediate'),
    commitTransaction: () => run('commit'),
    async rollbackTransaction() {
      try {
        await run('rollback')
      } catch (error) {
        // After a failed write (a full disk, for one) the engine has rolled back by itself.
        if (!String(error).includes('no transaction is active')) throw error
      }
    },
    async destroy() {
      await turn.take()
      database.close()
    },
  }
}

function createConnection(database: DatabaseSync): DatabaseConnection {
  const statements = new LRUCache<string, PreparedStatement>({ max: STATEMENTS_KEPT })

  function prepared(sql: string): PreparedStatement {
    const known = statements.get(sql)
    if (known !== undefined) return known
    const statement = prepare(database, sql)
    statements.set(sql, statement)
    return statement
  }

  return {
    async executeQuery<Row>({ sql, parameters }: CompiledQuery): Promise<QueryResult<Row>> {
      requireStorableTexts(parameters)
      const values = parameters as readonly SQLInputValue[]
      const { statement, returnsRows } = prepared(sql)
      if (returnsRows) {
        const rows = statement.all(...values) as Row[]
        return { rows, numAffectedRows: BigInt(rows.length) }
      }
      return { rows: [], numAffectedRows: BigInt(statement.run(...values).changes) }
    },
    // Nothing here reads more rows than fit a page.
    streamQuery() {
      throw new Error('The SQLite driver does not stream.')
    },
  }
}

interface PreparedStatement {
  statement: StatementSync
  returnsRows: boolean
}

function prepare(database: DatabaseSync, sql: string): PreparedStatement {
  const statement = database.prepare(sql)
  statement.setReadBigInts(true)
  return { statement, returnsRows: statement.columns().length > 0 }
}

interface Turn {
  take(): Promise<void>
  pass(): void
}

function createTurn(): Turn {
  const waiting: (() => void)[] = []
  let taken = false
  return {
    take() {
      if (!taken) {
        taken = true
        return Promise.resolve()
      }
      return new Promise((resolve) => waiting.push(resolve))
    },
    pass() {
      const next = waiting.shift()
      if (next === undefined) taken = false
      // The engine never yields by itself: without this, a queue of transactions would keep the process from all else.
      else setImmediate(next)
    },
  }
}

const BUSY = 5
const LOCKED = 6
const READ_ONLY = 8
const IO_ERROR = 10
const CORRUPT = 11
const FULL = 13
const CANNOT_OPEN = 14
const NOT_A_DATABASE = 26
const UNAVAILABLE: readonly number[] = [
  BUSY,
  LOCKED,
  READ_ONLY,
  IO_ERROR,
  CORRUPT,
  FULL,
  CANNOT_OPEN,
  NOT_A_DATABASE,
]
const PRIMARY_KEY_TAKEN = 1555
const UNIQUE_TAKEN = 2067
// A sum beyond 64 bits becomes a REAL, which a STRICT table does not take in an INTEGER column.
const WRONG_TYPE = 3091

/** What an error of the engine means; null for one that is not its own. */
export function sqliteFailure(error: unknown): SqlFailure | null {
  if (!(error instanceof Error) || !('errcode' in error) || typeof error.errcode !== 'number') return null
  if (error.errcode === WRONG_TYPE) return { kind: 'overflow' }
  if (error.errcode === UNIQUE_TAKEN || error.errcode === PRIMARY_KEY_TAKEN) {
    return { kind: 'taken', constraint: constraintOf(error.message) }
  }
  return UNAVAILABLE.includes(error.errcode & 0xff) ? { kind: 'unavailable' } : null
}

// The engine names columns ("UNIQUE constraint failed: spend.key_id, spend.win"), not the constraint.
function constraintOf(message: string): string {
  const columns = message.slice(message.indexOf(': ') + 2).split(', ')
  const [table = ''] = columns[0]?.split('.') ?? []
  return [table, ...columns.map((column) => column.slice(table.length + 1))].join('_')
}
