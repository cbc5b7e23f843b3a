import { parentPort, workerData } from 'node:worker_threads'
import { StoreOpenError } from '../open-error.ts'
import { connectSqlite, type SqliteConnection, type SqlitePlace } from './connection.ts'
import { createUnpacker } from './packed-steps.ts'
import { isOverQuota } from './quota.ts'
import type { ThreadAnswer, ThreadCall, ThreadFailure } from './thread.ts'

// The thread behind `engineInThread`: one connection, which runs its calls one after the other.

const unpack = createUnpacker()
/** The engine's code for a full disk. */
const FULL = 13

const place = workerData as SqlitePlace
let connection: SqliteConnection | null = null
answer(() => {
  connection = connectSqlite(place)
})
parentPort?.on('message', (call: ThreadCall) => answer(() => perform(call)))

function perform(call: ThreadCall): unknown {
  if (connection === null) throw new Error('The connection has not come about.')
  switch (call.kind) {
    case 'execute':
      return connection.execute(call.sql, call.parameters)
    case 'all':
      return connection.executeAll(call.statements, call.hasLookedUp)
    case 'steps':
      return connection.runSteps(unpack(call.packed))
    case 'close':
      return connection.close()
  }
}

function answer(work: () => unknown): void {
  parentPort?.postMessage(answerOf(work))
}

function answerOf(work: () => unknown): ThreadAnswer {
  try {
    return { result: work() }
  } catch (error) {
    return { failure: failureOf(error) }
  }
}

function failureOf(error: unknown): ThreadFailure {
  const isError = error instanceof Error
  const errcode = isError && 'errcode' in error && typeof error.errcode === 'number' ? error.errcode : null
  return {
    message: isError ? error.message : String(error),
    errcode: isOverQuota(error, place.path) ? FULL : errcode,
    atCommit: isError && 'atCommit' in error,
    opening: error instanceof StoreOpenError,
  }
}
