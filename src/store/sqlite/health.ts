import { Fault } from '../../core/ground/faults.ts'
import type { SqliteEngine } from './engine.ts'

/** Whether a database accepts writes. After a failure it never does again. */
export interface SqliteHealth {
  /** Ends all work with the database and gives the reason; only the first reason counts. */
  fail(reason: string): void
  /** Throws `store_unavailable` once the database has failed. */
  requireSound(): void
}

/** Builds the health of a database; `onBroken` is called at most once. */
export function createHealth(onBroken: (reason: string) => void): SqliteHealth {
  let failure: string | null = null
  return {
    fail(reason) {
      if (failure !== null) return
      failure = reason
      onBroken(reason)
    },
    requireSound() {
      if (failure !== null) throw new Fault('store_unavailable', { internal: failure })
    },
  }
}

const IO_ERROR = 10
const SYNC_FAILED = 1034
const FOLDER_SYNC_FAILED = 1290

/**
 * The engine, which stops for good when it cannot write to the disk. After a failed sync the content of the disk is unknown, and the
 * next sync succeeds although data is lost. So nothing is retried; only a new process, which reads the disk, can know.
 */
export function failingForGood(engine: SqliteEngine, health: SqliteHealth): SqliteEngine {
  async function guarded<T>(work: () => Promise<T>): Promise<T> {
    health.requireSound()
    try {
      return await work()
    } catch (error) {
      if (isLost(error)) health.fail(`The disk has failed to keep a commit: ${error}`)
      throw error
    }
  }
  return {
    execute: (sql, parameters) => guarded(() => engine.execute(sql, parameters)),
    executeAll: (...all) => guarded(() => engine.executeAll(...all)),
    runSteps: (steps) => guarded(() => engine.runSteps(steps)),
    close: () => engine.close(),
  }
}

// On a full disk the index of the log cannot grow. Then the commit was undone, and the content of the disk is known.
const INDEX_CANNOT_GROW = 4874

function isLost(error: unknown): boolean {
  if (!(error instanceof Error) || !('errcode' in error) || typeof error.errcode !== 'number') return false
  if (error.errcode === SYNC_FAILED || error.errcode === FOLDER_SYNC_FAILED) return true
  if (error.errcode === INDEX_CANNOT_GROW) return false
  return 'atCommit' in error && error.atCommit === true && (error.errcode & 0xff) === IO_ERROR
}
