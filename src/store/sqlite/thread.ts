import { Worker } from 'node:worker_threads'
import { StoreOpenError } from '../open-error.ts'
import type { SqlitePlace, SqliteResult, SqliteStatement } from './connection.ts'
import type { SqliteEngine } from './engine.ts'
import { createPacker, type PackedSteps } from './packed-steps.ts'

/** A request to the thread, which answers requests in their order. */
export type ThreadCall =
  | { kind: 'execute'; sql: string; parameters: readonly unknown[] }
  | { kind: 'all'; statements: readonly SqliteStatement[]; hasLookedUp: boolean }
  | { kind: 'steps'; packed: PackedSteps }
  | { kind: 'close' }

/** An answer. The first one says whether the connection was opened. */
export type ThreadAnswer = { result: unknown } | { failure: ThreadFailure }

/** The part of an error that can cross threads. */
export interface ThreadFailure {
  message: string
  /** The engine's extended error code; null for an error that is not the engine's. */
  errcode: number | null
  /** True when the commit itself failed. */
  atCommit: boolean
  /** True for a {@link StoreOpenError}. */
  opening: boolean
}

/** An error of an engine in another thread. */
class SqliteThreadError extends Error {
  override readonly name = 'SqliteThreadError'
  readonly errcode: number | null
  readonly atCommit: boolean

  constructor({ message, errcode, atCommit }: Omit<ThreadFailure, 'opening'>) {
    super(message)
    this.errcode = errcode
    this.atCommit = atCommit
  }
}

/** The thread has ended, so its pending requests have failed. */
export class SqliteThreadEnded extends Error {
  override readonly name = 'SqliteThreadEnded'
}

// The file is named in full here, because bundlers recognise this form.
const WORKER = new URL('./worker.ts', import.meta.url)

interface Waiting {
  resolve(result: unknown): void
  reject(error: Error): void
}

/**
 * Opens a connection in a thread of its own, so that this thread goes on while the engine works or waits for the disk. `onEnd` is
 * called once when the thread ends by itself. Throws as opening the {@link SqlitePlace} does.
 */
export async function engineInThread(
  place: SqlitePlace,
  onEnd: (reason: string) => void,
  file: URL = WORKER,
): Promise<SqliteEngine> {
  const thread = new Worker(file, { workerData: place })
  const pack = createPacker()
  const waiting: Waiting[] = []
  const ended = Promise.withResolvers<void>()
  let end: { reason: string; asked: boolean } | null = null

  function expectAnswer(): Promise<unknown> {
    // The thread keeps the process from ending only while it has work.
    if (waiting.length === 0) thread.ref()
    return new Promise((resolve, reject) => waiting.push({ resolve, reject }))
  }

  function ask(call: ThreadCall): Promise<unknown> {
    if (end !== null) return Promise.reject(new SqliteThreadEnded(end.reason))
    thread.postMessage(call)
    return expectAnswer()
  }

  function finish(reason: string): void {
    if (end !== null && !end.asked) return
    const asked = end?.asked ?? false
    end = { reason, asked }
    for (const { reject } of waiting.splice(0)) reject(new SqliteThreadEnded(reason))
    ended.resolve()
    if (!asked) onEnd(reason)
  }

  thread.on('message', (answer: ThreadAnswer) => {
    const first = waiting.shift()
    if (waiting.length === 0) thread.unref()
    if ('result' in answer) first?.resolve(answer.result)
    else first?.reject(errorOf(answer.failure))
  })
  thread.on('error', (error) => finish(`The thread of the database has failed: ${error}`))
  thread.on('exit', (code) => finish(`The thread of the database has ended with the code ${code}.`))

  try {
    await expectAnswer()
  } catch (error) {
    end = { reason: String(error), asked: true }
    await thread.terminate()
    throw error
  }
  return {
    execute: (sql, parameters) => ask({ kind: 'execute', sql, parameters }) as Promise<SqliteResult>,
    executeAll: (statements, hasLookedUp = false) =>
      ask({ kind: 'all', statements, hasLookedUp }) as Promise<SqliteResult>,
    runSteps: (steps) => ask({ kind: 'steps', packed: pack(steps) }) as Promise<boolean>,
    async close() {
      if (end !== null) return
      const closed = ask({ kind: 'close' })
      end = { reason: 'The database is closed.', asked: true }
      await closed
      await thread.terminate()
    },
  }
}

function errorOf(failure: ThreadFailure): Error {
  return failure.opening ? new StoreOpenError(failure.message) : new SqliteThreadError(failure)
}
