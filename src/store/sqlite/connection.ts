import { DatabaseSync, type SQLInputValue, type StatementSync } from 'node:sqlite'
import { LRUCache } from 'lru-cache'
import { StoreOpenError } from '../open-error.ts'
import type { Step } from '../sql/base/row-forms.ts'

/** Where a connection leads and what it may do. */
export interface SqlitePlace {
  path: string
  readOnly: boolean
  journal: 'wal' | 'memory'
}

/** A statement, and what stands for its placeholders. */
export interface SqliteStatement {
  sql: string
  parameters: readonly unknown[]
}

/** What a statement has brought. */
export interface SqliteResult {
  rows: unknown[]
  /** How many rows it has changed. */
  changes: number
}

/** One connection of the engine. It does one thing at a time, and the caller's thread waits for it. */
export interface SqliteConnection {
  /** Ends every statement that looks at {@link IN_TIME} later than this many milliseconds from now; null for no end. */
  stopAfter(ms: number | null): void
  execute(sql: string, parameters: readonly unknown[]): SqliteResult
  /** Reads so many rows at a time; nothing else may run on the connection meanwhile. */
  pieces(sql: string, parameters: readonly unknown[], count: number): Iterable<unknown[]>
  /** See `SqliteEngine.executeAll`. */
  executeAll(statements: readonly SqliteStatement[], hasLookedUp?: boolean): SqliteResult
  /** See `SqlDatabase.runSteps`; each step runs row by row. */
  runSteps(steps: readonly Step[]): boolean
  close(): void
}

/** Begins a transaction that writes. Taking the write lock at once means that none has to give way after it has read. */
export const BEGIN = 'begin immediate'

// The engine's own code for a transaction that has read what was changed before it wrote (SQLITE_BUSY_SNAPSHOT).
const OUTDATED = 517

class WrittenByOthers extends Error {
  override readonly name = 'WrittenByOthers'
  readonly errcode = OUTDATED

  constructor() {
    super('Another program has written to the database between what was looked up and the change.')
  }
}

/** Whether an error says that a transaction rests on look-ups that are out of date. */
export function isWrittenByOthers(errcode: number): boolean {
  return errcode === OUTDATED
}

const NOTHING: SqliteResult = { rows: [], changes: 0 }

/**
 * The function by which statements that may read many rows are ended: `where latchkey_in_time(column)` looks at the clock for each row.
 * The engine of these runtimes offers no way to break a statement off from outside.
 */
export const IN_TIME = 'latchkey_in_time'

/** A statement has read for longer than it may. */
export class ReadTooLong extends Error {
  override readonly name = 'ReadTooLong'
}

/** How many rows are read between two looks at the clock; each takes about as long as a row. */
const ROWS_PER_LOOK = 64

/** How long a statement waits for a lock held from outside (an operator's shell). */
const BUSY_MS = 1_000
const CACHE_KIB = 16 * 1024
/**
 * How many pages of 4 KiB the write-ahead log gathers before they are copied into the file. A commit of a full batch writes about
 * as many as the engine's own 1,000, so that each would be written twice and synced four times; with more, a page that
 * many commits write is copied once. Bounds the log to about 40 MB, which a start after a crash reads.
 */
const CHECKPOINT_PAGES = 8_000
/** `PRAGMA synchronous` reads back as a number. */
const SYNCHRONOUS_FULL = 2n
/** Prepared statements kept per connection. Bulk statements come in several lengths, each of which is one of them. */
const STATEMENTS_KEPT = 300

/** Connects to a database. Throws {@link StoreOpenError} when the engine does not take a setting. */
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

/** The connection over a database that is open already. */
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
        // The engine refuses values that the statement does not name.
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
    // After a failed write (a full disk, for one) the engine has rolled back by itself.
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

  /** Counts what every other connection has written. None of ours does, but an operator may have a shell. */
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
        // The engine itself does this only once every statement has been collected, which may be after the process. What is
        // in the log needs no copying to be kept, but the next start reads all of it. Does nothing where there is no log.
        if (!readOnly) database.exec('pragma wal_checkpoint(truncate)')
      } catch {
        // The log has it all.
      } finally {
        database.close()
      }
    },
  }
}

// Some builds and file systems quietly keep another value (WAL on a network share, for one), so each is read back.
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
