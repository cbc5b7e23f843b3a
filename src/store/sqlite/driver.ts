import {
  type Dialect,
  type DialectAdapter,
  type Driver,
  SqliteIntrospector,
  SqliteQueryCompiler,
} from 'kysely'
import type { SqlDatabase, SqlFailure } from '../sql/base/database.ts'
import { BEGIN, isWrittenByOthers, ReadTooLong } from './connection.ts'
import type { SqliteEngine } from './engine.ts'
import { SqliteThreadEnded } from './thread.ts'
import { transactionsOn } from './transactions.ts'
import { createTurn, type Errand, type Turn } from './turn.ts'

/** One connection to SQLite: as Kysely's driver, and for whole transactions in one call. */
export interface SqliteConnection {
  dialect: Dialect
  /** The same connection, for transactions that can wait. Closing it has no effect. */
  chores: Dialect
  runSteps: SqlDatabase['runSteps']
  /** Runs an action on the connection between two transactions. */
  between<T>(work: () => Promise<T>): Promise<T>
}

/**
 * Builds the connection on an engine. It serves one caller at a time, the most urgent first, so no caller sees another's open
 * transaction. The rows that a change looks up before it writes are read by `lookUps`, an engine of this thread on the same file, so a
 * change needs as few messages as possible while others wait. Closing the connection closes `lookUps`, too.
 */
export function connectionOn(engine: SqliteEngine, lookUps: SqliteEngine | null = null): SqliteConnection {
  const turn = createTurn()
  const dialectFor = (errand: Errand): Dialect => ({
    createDriver: () => createDriver(engine, { turn, errand, lookUps: errand === 'change' ? lookUps : null }),
    createAdapter: () => ADAPTER,
    createQueryCompiler: () => new PlannedOnce(),
    createIntrospector: (db) => new SqliteIntrospector(db),
  })
  async function inTurn<T>(errand: Errand, work: () => Promise<T>): Promise<T> {
    await turn.take(errand)
    try {
      return await work()
    } finally {
      turn.pass()
    }
  }
  return {
    dialect: dialectFor('change'),
    chores: dialectFor('chore'),
    runSteps: (steps, { errand, stands } = {}) =>
      inTurn(errand ?? 'ledger', async () => (stands?.() ?? true) && engine.runSteps(steps)),
    between: (work) => inTurn('change', work),
  }
}

/**
 * SQLite 3.54 makes a new plan at each run of a statement that compares several tables with a plain placeholder; that costs many times
 * as much as running it. After a plus sign the placeholder is an ordinary expression, and the plan is kept.
 */
class PlannedOnce extends SqliteQueryCompiler {
  protected override getCurrentParameterPlaceholder(): string {
    return '+?'
  }
}

const ADAPTER: DialectAdapter = {
  supportsCreateIfNotExists: true,
  // An interrupted migration leaves nothing behind.
  supportsTransactionalDdl: true,
  supportsReturning: true,
  // Migrations hold the one writing connection while they run, and the file lock keeps other processes out.
  acquireMigrationLock: async () => {},
  releaseMigrationLock: async () => {},
}

/** How a driver uses the connection, and the engine for its look-ups. */
interface DriverParts {
  turn: Turn
  errand: Errand
  lookUps: SqliteEngine | null
}

function createDriver(engine: SqliteEngine, { turn, errand, lookUps }: DriverParts): Driver {
  const connection = transactionsOn(engine, lookUps)
  return {
    init: async () => {},
    async acquireConnection() {
      await turn.take(errand)
      return connection
    },
    releaseConnection: async () => turn.pass(),
    beginTransaction: async (_, settings) =>
      connection.begin(settings.accessMode === 'read only' ? 'begin' : BEGIN),
    commitTransaction: () => connection.commit(),
    rollbackTransaction: () => connection.rollback(),
    async destroy() {
      if (errand === 'chore') return
      await turn.take(errand)
      await lookUps?.close()
      await engine.close()
    },
  }
}

const BUSY = 5
const LOCKED = 6
const READ_ONLY = 8
const IO_ERROR = 10
const CORRUPT = 11
const FULL = 13
// The index of the write-ahead log is a file, too.
const INDEX_CANNOT_GROW = 4874
const CANNOT_OPEN = 14
const NOT_A_DATABASE = 26
const UNAVAILABLE: readonly number[] = [LOCKED, READ_ONLY, IO_ERROR, CORRUPT, CANNOT_OPEN, NOT_A_DATABASE]
const PRIMARY_KEY_TAKEN = 1555
const UNIQUE_TAKEN = 2067

/** The meaning of an error of the engine; null for any other error. */
export function sqliteFailure(error: unknown): SqlFailure | null {
  if (error instanceof SqliteThreadEnded) return { kind: 'unavailable' }
  if (error instanceof ReadTooLong) return { kind: 'late' }
  if (!(error instanceof Error) || !('errcode' in error) || typeof error.errcode !== 'number') return null
  if (error.errcode === UNIQUE_TAKEN || error.errcode === PRIMARY_KEY_TAKEN) {
    return { kind: 'taken', constraint: constraintOf(error.message) }
  }
  if ((error.errcode & 0xff) === FULL || error.errcode === INDEX_CANNOT_GROW) return { kind: 'full' }
  if (isWrittenByOthers(error.errcode)) return { kind: 'conflict' }
  if ((error.errcode & 0xff) === BUSY) return { kind: 'locked' }
  return UNAVAILABLE.includes(error.errcode & 0xff) ? { kind: 'unavailable' } : null
}

// The engine names columns ("UNIQUE constraint failed: spend.key_id, spend.win") and not the constraint.
function constraintOf(message: string): string {
  const columns = message.slice(message.indexOf(': ') + 2).split(', ')
  const [table = ''] = columns[0]?.split('.') ?? []
  return [table, ...columns.map((column) => column.slice(table.length + 1))].join('_')
}
