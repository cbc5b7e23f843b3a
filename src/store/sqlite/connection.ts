import { DatabaseSync, type SQLInputValue, type StatementSync } from 'node:sqlite'
import { LRUCache } from 'lru-cache'
import { StoreOpenError } from '../open-error.ts'
import type { Step } from '../sql/base/row-forms.ts'

/** The file of a connection, and what the connection may do. */
export interface SqlitePlace {
  path: string
  readOnly: boolean
  journal: 'wal' | 'memory'
}

/** A statement, and the values of its placeholders. */
export interface SqliteStatement {
  sql: string
  parameters: readonly unknown[]
}

/** The result of a statement. */
export interface SqliteResult {
  rows: unknown[]
  /** The number of changed rows. */
  changes: number
}

/** One connection of the engine. It does one thing at a time, and its caller's thread waits meanwhile. */
export interface SqliteConnection {
  /** Sets the time limit of statements: one that calls {@link IN_TIME} this many milliseconds from now is ended. Null removes the limit. */
  stopAfter(ms: number | null): void
  execute(sql: string, parameters: readonly unknown[]): SqliteResult
  /** Reads this many rows at a time; nothing else may run on the connection until all are read. */
  pieces(sql: string, parameters: readonly unknown[], count: number): Iterable<unknown[]>
  /** See `SqliteEngine.executeAll`. */
  executeAll(statements: readonly SqliteStatement[], hasLookedUp?: boolean): SqliteResult
  /** See `SqlDatabase.runSteps`; each step runs row by row. */
  runSteps(steps: readonly Step[]): boolean
  close(): void
}

/** Begins a transaction that writes. It takes the write lock at once, so it never has to be undone because it read first. */
export const BEGIN = 'begin immediate'

// The engine's code for a transaction that wants to write, but has read rows that were changed since (SQLITE_BUSY_SNAPSHOT).
const OUTDATED = 517

class WrittenByOthers extends Error {
  override readonly name = 'WrittenByOthers'
  readonly errcode = OUTDATED

  constructor() {
    super('Another program has written to the database between what was looked up and the change.')
  }
}

/** Whether an error means that rows were changed after the transaction looked them up. */
export function isWrittenByOthers(errcode: number): boolean {
  return errcode === OUTDATED
}

const NOTHING: SqliteResult = { rows: [], changes: 0 }

/**
 * The function that ends long reads: a statement with `where latchkey_in_time(column)` checks the clock at its rows. Node's and Bun's
 * SQLite have no way to interrupt a statement from outside.
 */
export const IN_TIME = 'latchkey_in_time'

/** A read has taken longer than it may. */
export class ReadTooLong extends Error {
  override readonly name = 'ReadTooLong'
}

/** How many rows are read between two looks at the clock; a look costs about as much as a row. */
const ROWS_PER_LOOK = 64

/** How long a statement waits for a lock that another program holds, for example an operator's shell. */
const BUSY_MS = 1_000
const CACHE_KIB = 16 * 1024
/**
 * How many pages of 4 KiB the write-ahead log collects before they are copied into the file. A commit of a full batch writes about the
 * engine's default of 1,000 pages, so with the default each page would be written twice and synced four times. With a higher number, a
 * page that many commits write is copied once. The log stays below about 40 MB, which a start after a crash has to read.
 */
const CHECKPOINT_PAGES = 8_000
/** The value of `PRAGMA synchronous` is a number. */
const SYNCHRONOUS_FULL = 2n
/** How many prepared statements a connection keeps. Each length of a bulk statement is one of its own. */
const STATEMENTS_KEPT = 300

/** Connects to a database. Throws {@link StoreOpenError} when the engine refuses a setting. */
export function connectSqlite({ path, readOnly, journal }: SqlitePlace): SqliteConnection {
  const database = new DatabaseSync(path, { readOnly })
  try {
    set(database, { name: 'busy_timeout', value: `${BUSY_MS}`, expected: BigInt(BUSY_MS) })
    if (!readOnly) set(database, { name: 'journal_mode', value: journal, expected: journal })
    // A commit that has returned must survive a power loss.
    set(database, { name: 'synchronous', value: 'full', expected: SYNCHRONOUS_FULL })
    set(database, {
      name: 'wal_autocheckpoint',
      value: `${CHECKPOINT_PAGES}`,
      expected: BigInt(CHECKPOINT_PAGES),
    })
    set(database, { name: 'foreign_keys', value: 'on', expected: 1n })
    set(database, { name: 'cache_size', value: `-${CACHE_KIB}`, expected: -BigInt(CACHE_KIB) })
  } catch (error) {
    database.close()
    throw error
  }
  return overDatabase(database, { readOnly })
}

/** A connection over a database that is already open. */
export function overDatabase(database: DatabaseSync, { readOnly } = { readOnly: false }): SqliteConnection {
  const statements = new LRUCache<string, PreparedStatement>({ max: STATEMENTS_KEPT })
  let stopAt = Number.POSITIVE_INFINITY
  let rows = 0
  database.function(IN_TIME, { deterministic: false }, (_column) => {
    rows += 1
    if (rows % ROWS_PER_LOOK === 0 && performance.now() > stopAt) throw new ReadTooLong()
    return 1
  })

  function prepared(sql: string): PreparedStatement {
    const known = statements.get(sql)
    if (known !== undefined) return known
    const statement = prepare(database, sql)
    statements.set(sql, statement)
    return statement
  }

  function run(sql: string, parameters: readonly unknown[]): number {
    return Number(prepared(sql).statement.run(...(parameters as SQLInputValue[])).changes)
  }

  /** False when a statement has changed another number of rows than it must. */
  function runStep({ rows, statements }: Step): boolean {
    const bound = JSON.parse(rows) as SQLInputValue[][]
    return statements.every(({ sql, cells, changes: expected }) => {
      const { statement } = prepared(sql)
      let changes = 0
      for (const row of bound) {
        // The engine refuses values for placeholders that the statement lacks.
        const values = row.length === cells ? row : row.slice(0, cells)
        changes += Number(statement.run(...values).changes)
      }
      return expected === null || expected === changes
    })
  }

  function commit(): void {
    try {
      run('commit', [])
    } catch (error) {
      throw Object.assign(error instanceof Error ? error : new Error(String(error)), { atCommit: true })
    }
  }

  function rollBack(): void {
    // After a failed write (for example on a full disk) the engine has rolled back by itself.
    if (database.isTransaction) run('rollback', [])
  }

  function execute(sql: string, parameters: readonly unknown[]): SqliteResult {
    if (sql === 'commit') {
      commit()
      return NOTHING
    }
    const { statement, returnsRows } = prepared(sql)
    if (!returnsRows) return { rows: [], changes: run(sql, parameters) }
    const rows = statement.all(...(parameters as SQLInputValue[]))
    return { rows, changes: rows.length }
  }

  /** A counter that changes when another connection writes. None of ours does, but an operator may have a shell. */
  function foreignVersion(): unknown {
    return Object.values(prepared('pragma data_version').statement.get() ?? {})[0]
  }

  let known = readOnly ? null : foreignVersion()

  function requireOwnWrites(): void {
    const now = foreignVersion()
    if (now === known) return
    known = now
    throw new WrittenByOthers()
  }

  return {
    stopAfter(ms) {
      stopAt = ms === null ? Number.POSITIVE_INFINITY : performance.now() + ms
    },

    execute,
    executeAll(statements, hasLookedUp) {
      let last = NOTHING
      for (const { sql, parameters } of statements) {
        last = execute(sql, parameters)
        if (sql === BEGIN && hasLookedUp) requireOwnWrites()
      }
      return last
    },

    *pieces(sql, parameters, count) {
      let piece: unknown[] = []
      for (const row of prepared(sql).statement.iterate(...(parameters as SQLInputValue[]))) {
        piece.push(row)
        if (piece.length < count) continue
        yield piece
        piece = []
      }
      yield piece
    },

    runSteps(steps) {
      run('begin immediate', [])
      try {
        const fits = steps.every(runStep)
        if (fits) commit()
        else rollBack()
        return fits
      } catch (error) {
        rollBack()
        throw error
      }
    },

    close() {
      try {
        // The engine checkpoints at closing only when every statement has been collected, which may be too late. Nothing in the log
        // can get lost, but the next start would read all of it. Without a log this does nothing.
        if (!readOnly) database.exec('pragma wal_checkpoint(truncate)')
      } catch {
        // The changes are safe in the log.
      } finally {
        database.close()
      }
    },
  }
}

// Some builds and file systems silently keep another value (a network share refuses WAL, for example), so each value is read back.
function set(
  database: DatabaseSync,
  { name, value, expected }: { name: string; value: string; expected: bigint | string },
): void {
  database.exec(`pragma ${name} = ${value}`)
  const statement = database.prepare(`pragma ${name}`)
  statement.setReadBigInts(true)
  const [actual] = Object.values(statement.get() ?? {})
  if (actual !== expected) {
    throw new StoreOpenError(`SQLite did not take the setting ${name} = ${value}: it is ${actual}.`)
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
