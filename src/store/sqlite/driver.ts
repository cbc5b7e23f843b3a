import {
  type Dialect,
  type DialectAdapter,
  type Driver,
  SqliteIntrospector,
  SqliteQueryCompiler,
} from 'kysely'
import type { SqlFailure } from '../sql/base/database.ts'
import type { Step } from '../sql/base/row-forms.ts'
import { BEGIN, isWrittenByOthers, ReadTooLong } from './connection.ts'
import type { SqliteEngine } from './engine.ts'
import { SqliteThreadEnded } from './thread.ts'
import { transactionsOn } from './transactions.ts'
import { createTurn, type Errand, type Turn } from './turn.ts'

/** One connection to SQLite: for Kysely, and for whole transactions in one call. */
export interface SqliteConnection {
  dialect: Dialect
  /** The same connection for transactions that can wait. Closing it closes nothing. */
  chores: Dialect
  runSteps(steps: readonly Step[], errand?: 'chore'): Promise<boolean>
  /** Runs something on the connection between two transactions. */
  between<T>(work: () => Promise<T>): Promise<T>
}

/**
 * Builds the connection on an engine. It serves one caller at a time, the most urgent first, so a caller never sees another's open
 * transaction. What a change looks up before it writes is read by `lookUps`, an engine of this thread on the same file, so that the
 * change keeps the others waiting for as few messages as may be; closing the one closes the other.
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
    runSteps: (steps, errand) => inTurn(errand ?? 'ledger', () => engine.runSteps(steps)),
    between: (work) => inTurn('change', work),
  }
}

/**
 * SQLite 3.54 plans a statement that reads several tables anew at each run when they are compared with a bare placeholder,
 * which costs many times what running it does. Behind a plus sign the placeholder is a value like any other.
 */
class PlannedOnce extends SqliteQueryCompiler {
  protected override getCurrentParameterPlaceholder(): string {
    return '+?'
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

/** How a driver uses the connection, and what it looks things up with. */
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
// The index of the write-ahead log, which is a file, too.
const INDEX_CANNOT_GROW = 4874
const CANNOT_OPEN = 14
const NOT_A_DATABASE = 26
const UNAVAILABLE: readonly number[] = [
  BUSY,
  LOCKED,
  READ_ONLY,
  IO_ERROR,
  CORRUPT,
  CANNOT_OPEN,
  NOT_A_DATABASE,
]
const PRIMARY_KEY_TAKEN = 1555
const UNIQUE_TAKEN = 2067

/** What an error of the engine means; null for one that is not its own. */
export function sqliteFailure(error: unknown): SqlFailure | null {
  if (error instanceof SqliteThreadEnded) return { kind: 'unavailable' }
  if (error instanceof ReadTooLong) return { kind: 'late' }
  if (!(error instanceof Error) || !('errcode' in error) || typeof error.errcode !== 'number') return null
  if (error.errcode === UNIQUE_TAKEN || error.errcode === PRIMARY_KEY_TAKEN) {
    return { kind: 'taken', constraint: constraintOf(error.message) }
  }
  if ((error.errcode & 0xff) === FULL || error.errcode === INDEX_CANNOT_GROW) return { kind: 'full' }
  if (isWrittenByOthers(error.errcode)) return { kind: 'conflict' }
  return UNAVAILABLE.includes(error.errcode & 0xff) ? { kind: 'unavailable' } : null
}

// The engine names columns ("UNIQUE constraint failed: spend.key_id, spend.win"), not the constraint.
function constraintOf(message: string): string {
  const columns = message.slice(message.indexOf(': ') + 2).split(', ')
  const [table = ''] = columns[0]?.split('.') ?? []
  return [table, ...columns.map((column) => column.slice(table.length + 1))].join('_')
}
