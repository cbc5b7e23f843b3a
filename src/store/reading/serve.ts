import { parentPort } from 'node:worker_threads'
import { Fault } from '../../core/ground/faults.ts'
import { asFault, type SqlDatabase } from '../sql/base/database.ts'
import { runLongRead } from '../sql/long-reads.ts'
import { CLOSE, READY, type ReadAnswer, type ReadCall } from './thread.ts'

/** A database that is only read. */
export interface ReadingDatabase {
  db: SqlDatabase
  /** Begins the time of a read. */
  startTime(): void
}

/** Answers what a `readingThread` is asked, in the thread that calls this. */
export function serveReads({ db, startTime }: ReadingDatabase): void {
  parentPort?.on('message', async ({ id, name, args }: ReadCall) => {
    startTime()
    const done = name === CLOSE ? db.close() : runLongRead(db, name, args)
    const answer = await done.then(
      (result): ReadAnswer => ({ id, result }),
      (error: unknown) => answerOf(id, asFault(db, error)),
    )
    parentPort?.postMessage(answer)
  })
  parentPort?.postMessage(READY)
}

function answerOf(id: number, error: unknown): ReadAnswer {
  if (error instanceof Fault) return { id, fault: { code: error.code, details: error.details } }
  return { id, error: error instanceof Error ? (error.stack ?? error.message) : String(error) }
}
