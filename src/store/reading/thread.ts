import { Worker } from 'node:worker_threads'
import { Fault, type FaultCode, type FaultDetails } from '../../core/ground/faults.ts'
import { withRows } from './pieces.ts'
import { canStartThread } from './spare-files.ts'

/** A request to the thread. */
export interface ReadCall {
  id: number
  name: string
  args: readonly unknown[]
}

/** The name of the last call, which closes the database. */
export const CLOSE = 'close'

/** The name of a call for the next piece of a result; its id is that of the read. */
export const MORE = 'more'

/** The first message of the thread, when it has opened the database and serves. */
export const READY = 'ready'

/** An answer of the thread: the result, a first piece of its rows, or the part of an error that can cross threads. */
export type ReadAnswer = { id: number } & (
  | { piece: readonly unknown[] }
  | { result: unknown }
  | { fault: { code: FaultCode; details: FaultDetails } }
  | { error: string }
)

/** A thread for reads. It is started when it is first needed, and again after it has ended. */
export interface ReadingThread {
  /** Starts it before it is needed, if the process may open the files for it. */
  prepare(): void
  run(name: string, args: readonly unknown[]): Promise<unknown>
  close(): Promise<void>
}

const GRACE_MS = 5_000
/** A start takes some tenths of a second, and many times that on a busy machine. */
const START_MS = 30_000

interface Waiting {
  resolve(result: unknown): void
  reject(error: Error): void
  /** Null while the thread starts. */
  timer: Timer | null
  /** The rows that have arrived. */
  rows: unknown[]
}

type Timer = ReturnType<typeof setTimeout>

/** A thread: its file, which calls `serveReads`, its data, and the time limit of one read. */
export interface ThreadPlace {
  file: URL
  data: object
  limitMs: number
  /** How much longer than its limit a read is waited for; then the thread counts as stuck, for example in a disk that does not answer. */
  graceMs?: number
  /** How long the thread may take to start; that is not part of the first read's time. */
  startMs?: number
}

/** Describes a thread, which is not started yet. */
export function readingThread(place: ThreadPlace): ReadingThread {
  let live: Live | null = null

  function startedIfPossible(): Live | null {
    if (live === null && canStartThread())
      live = start(place, () => {
        live = null
      })
    return live
  }

  return {
    prepare: startedIfPossible,
    async run(name, args) {
      const running = startedIfPossible()
      if (running === null) throw new Fault('store_unavailable', { internal: NO_FILES })
      return running.ask(name, args)
    },
    async close() {
      if (live === null) return
      const { ask, end } = live
      // A failed thread has nothing left to close.
      await ask(CLOSE, []).catch(() => {})
      await end('The store is closed.')
    },
  }
}

const NO_FILES =
  'No thread for reads was started, because this process has as many open files and connections as it may have. Raise the limit (LimitNOFILE).'

interface Live {
  ask(name: string, args: readonly unknown[]): Promise<unknown>
  end(reason: string): Promise<void>
}

function start(place: ThreadPlace, onEnd: () => void): Live {
  const { file, data, limitMs, graceMs = GRACE_MS, startMs = START_MS } = place
  const thread = new Worker(file, { workerData: data })
  const waiting = new Map<number, Waiting>()
  let asked = 0
  let ended = false
  let starting: Timer | null = setTimeout(() => void end('The thread for reads has not started.'), startMs)
  // The thread keeps the process from ending only while it has work.
  thread.unref()

  async function end(reason: string): Promise<void> {
    if (!ended) onEnd()
    ended = true
    clearTimeout(starting ?? undefined)
    for (const { reject, timer } of waiting.values()) {
      clearTimeout(timer ?? undefined)
      reject(new Fault('store_unavailable', { internal: reason }))
    }
    waiting.clear()
    await thread.terminate()
  }

  function startTime(): Timer {
    return setTimeout(() => void end('The thread for reads is stuck.'), limitMs + graceMs)
  }

  /** From now on the time of a read begins with its request; for reads that waited for the start, it begins here. */
  function begin(): void {
    clearTimeout(starting ?? undefined)
    starting = null
    for (const asker of waiting.values()) asker.timer = startTime()
  }

  thread.on('message', (answer: typeof READY | ReadAnswer) => {
    if (answer === READY) return begin()
    const asker = waiting.get(answer.id)
    if (asker === undefined) return
    if ('piece' in answer) {
      for (const row of answer.piece) asker.rows.push(row)
      // The event loop handles the next message after it has served everybody else.
      thread.postMessage({ id: answer.id, name: MORE, args: [] } satisfies ReadCall)
      return
    }
    waiting.delete(answer.id)
    clearTimeout(asker.timer ?? undefined)
    if (waiting.size === 0) thread.unref()
    if ('result' in answer) asker.resolve(withRows(answer.result, asker.rows))
    else asker.reject(errorOf(answer))
  })
  thread.on('error', (error) => void end(`The thread for reads has failed: ${error}`))
  thread.on('exit', (code) => void end(`The thread for reads has ended with the code ${code}.`))

  return {
    ask(name, args) {
      return new Promise((resolve, reject) => {
        asked += 1
        if (waiting.size === 0) thread.ref()
        waiting.set(asked, { resolve, reject, timer: starting === null ? startTime() : null, rows: [] })
        thread.postMessage({ id: asked, name, args } satisfies ReadCall)
      })
    },
    end,
  }
}

function errorOf(answer: Exclude<ReadAnswer, { result: unknown } | { piece: readonly unknown[] }>): Error {
  return 'fault' in answer ? new Fault(answer.fault.code, answer.fault.details) : new Error(answer.error)
}
