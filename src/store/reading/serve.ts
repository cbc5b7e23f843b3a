import { parentPort } from 'node:worker_threads'
import { Fault } from '../../core/ground/faults.ts'
import { asFault } from '../sql/base/database.ts'
import { runLongRead } from '../sql/long-reads.ts'
import { lowerPriority } from './low-priority.ts'
import { inPieces } from './pieces.ts'
import type { ReadingDatabase } from './reading-database.ts'
import { CLOSE, MORE, READY, type ReadAnswer, type ReadCall } from './thread.ts'

/** Answers the requests of a `readingThread`, in the thread that calls this. */
export function serveReads({ db, startTime }: ReadingDatabase): void {
  lowerPriority()
  /** The pieces of results that have not been requested yet; the last piece of each has the rest of its result. */
  const unsent = new Map<number, ReadAnswer[]>()

  function send(id: number): void {
    const [next, ...rest] = unsent.get(id) ?? []
    if (rest.length > 0) unsent.set(id, rest)
    else unsent.delete(id)
    if (next !== undefined) parentPort?.postMessage(next, bytesOf(next))
  }

  parentPort?.on('message', async ({ id, name, args }: ReadCall) => {
    if (name === MORE) {
      send(id)
      return
    }
    startTime()
    const done = name === CLOSE ? db.close() : runLongRead(db, name, args)
    const answer = await done.then(
      (result) => answersOf(id, result),
      (error: unknown) => [answerOf(id, asFault(db, error))],
    )
    unsent.set(id, answer)
    send(id)
  })
  parentPort?.postMessage(READY)
}

/** The answers that send a result; the last one has what follows the rows. */
function answersOf(id: number, whole: unknown): ReadAnswer[] {
  const { pieces, result } = inPieces(whole)
  return [...pieces.map((piece) => ({ id, piece })), { id, result }]
}

/** The bytes of an answer, which are handed over and not copied. */
function bytesOf(answer: ReadAnswer): ArrayBuffer[] {
  const result = 'result' in answer ? answer.result : null
  if (typeof result !== 'object' || result === null) return []
  return Object.values(result).flatMap((value) =>
    value instanceof Uint8Array ? [value.buffer as ArrayBuffer] : [],
  )
}

function answerOf(id: number, error: unknown): ReadAnswer {
  if (error instanceof Fault) return { id, fault: { code: error.code, details: error.details } }
  return { id, error: error instanceof Error ? (error.stack ?? error.message) : String(error) }
}
