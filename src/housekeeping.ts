import type { SignIns } from './core/access/sign-ins.ts'
import { MAX } from './core/ground/bounds.ts'
import type { LatchkeyProcess } from './core/latchkey.ts'
import type { Log } from './log/log.ts'
import type { Store } from './store/store.ts'

/** How long records are kept before housekeeping deletes them. */
export interface Retention {
  /** Single usage events; their sums stay. */
  eventRetentionMs: number
  /** Audit entries of acts; null for ever. */
  auditRetentionMs: number | null
  /** Audit entries of denied attempts. */
  deniedRetentionMs: number
}

/** The browsers that have signed in; null or absent where none can. */
export interface BrowserSignIns {
  signIns?: Pick<SignIns, 'forgetOld'> | null
}

/** Work that is repeated at intervals, independently of requests. */
export interface Task {
  everyMs: number
  /** Does the work, or the part of it before `isStopping` becomes true. */
  work(isStopping?: () => boolean): Promise<unknown>
}

/** The tasks that run besides requests; docs/architecture.md says what a crash may lose of each. */
export type TaskName =
  | 'flushUses'
  | 'flushRates'
  | 'forgetRates'
  | 'forgetAnswers'
  | 'orderBySpent'
  | 'indexNames'
  | 'endReservations'
  | 'endReservationsAhead'
  | 'endOverlaps'
  | 'purgeEvents'
  | 'flushDenials'
  | 'purgeAudit'
  | 'flushOutcomes'
  | 'purgeOutcomes'
  | 'forgetSignIns'

/** All tasks that run besides requests. */
export function housekeepingTasks(
  latchkey: LatchkeyProcess,
  retention: Retention & BrowserSignIns,
): Record<TaskName, Task> {
  return { ...tasksOfMemory(latchkey), ...tasksOfIndexes(latchkey), ...tasksOfAge(latchkey, retention) }
}

/** Writes what memory has gathered. A crash loses what came since the last time. */
function tasksOfMemory({
  lastUsed,
  outcomes,
  rates,
  audit,
}: LatchkeyProcess): Record<'flushUses' | 'flushOutcomes' | 'flushRates' | 'flushDenials', Task> {
  return {
    // The first use of a key must show within a second (docs/api.md#read-and-list).
    flushUses: { everyMs: 500, work: () => lastUsed.flushNew() },
    // Pages that show the counts are viewed at intervals of seconds.
    flushOutcomes: { everyMs: 5_000, work: () => outcomes.flush() },
    flushRates: { everyMs: 500, work: () => rates.flush() },
    flushDenials: { everyMs: 1_000, work: () => audit.flush() },
  }
}

/** Brings up to date what lists are found by, and ends reservations and overlaps. */
function tasksOfIndexes({
  keys,
  reservations,
  usage,
}: LatchkeyProcess): Record<
  'orderBySpent' | 'indexNames' | 'endReservations' | 'endReservationsAhead' | 'endOverlaps',
  Task
> {
  return {
    // A longer pause combines more events of a key into one move.
    orderBySpent: {
      everyMs: 2_000,
      work: (isStopping) => untilDone(() => usage.refreshSpentOrder(), MAX.spentOrderBatch, isStopping),
    },
    // A search compares the names that are not indexed yet one by one, so it finds them, too.
    indexNames: {
      everyMs: 1_000,
      work: (isStopping) => untilDone(() => keys.refreshSearch(), MAX.searchBatch, isStopping),
    },
    // Without this, an expired reservation whose place no call needs would stay open in the store for ever. One that is charged at its
    // expiry counts as held until then.
    endReservations: {
      everyMs: 1_000,
      work: (isStopping) => untilDone(() => reservations.expireOverdue(), MAX.ledgerBatch, isStopping),
    },
    endReservationsAhead: { everyMs: 5_000, work: () => reservations.expireAhead() },
    // By the clock alone, overlaps of a clock that was ahead would last until the time that it showed.
    endOverlaps: { everyMs: 30_000, work: () => keys.endOverlapsAhead() },
  }
}

type TaskOfAge =
  | 'purgeOutcomes'
  | 'forgetRates'
  | 'forgetAnswers'
  | 'purgeEvents'
  | 'forgetSignIns'
  | 'purgeAudit'

/** Deletes what is older than it needs to be kept. */
function tasksOfAge(
  { history, rates, idempotency, usage, audit, clock }: LatchkeyProcess,
  { eventRetentionMs, auditRetentionMs, deniedRetentionMs, signIns }: Retention & BrowserSignIns,
): Record<TaskOfAge, Task> {
  const every = (minutes: number, work: () => Promise<number>): Task => ({
    everyMs: minutes * 60_000,
    work: (isStopping) => untilDone(work, MAX.choreRows, isStopping),
  })
  return {
    purgeOutcomes: every(10, () => history.purge()),
    forgetRates: every(10, () => rates.forgetWhole()),
    forgetAnswers: { everyMs: 10 * 60_000, work: () => idempotency.forgetOld() },
    purgeEvents: every(60, () => usage.purge(clock.now() - eventRetentionMs)),
    forgetSignIns: every(10, async () => (await signIns?.forgetOld()) ?? 0),
    purgeAudit: {
      everyMs: 60 * 60_000,
      async work(isStopping) {
        const purge = (outcome: 'done' | 'denied', ageMs: number) =>
          untilDone(() => audit.purge(outcome, clock.now() - ageMs), MAX.choreRows, isStopping)
        await purge('denied', deniedRetentionMs)
        if (auditRetentionMs !== null) await purge('done', auditRetentionMs)
      },
    },
  }
}

/** Starts housekeeping. Returns the function that ends it, writes the pending data and closes the store. */
export function keepHouse(
  latchkey: LatchkeyProcess,
  { store, log, ...retention }: Retention & BrowserSignIns & { store: Store; log: Pick<Log, 'error'> },
): () => Promise<void> {
  const running = startHousekeeping(housekeepingTasks(latchkey, retention), log)
  return async () => {
    await running.stop()
    await latchkey.lastUsed.flush()
    await latchkey.outcomes.flush()
    await latchkey.audit.flush()
    await latchkey.rates.flush()
    await latchkey.ledger.drained()
    await store.close()
  }
}

/** Starts the tasks. `stop` waits for running ones. */
export function startHousekeeping(
  tasks: Record<string, Task>,
  log: Pick<Log, 'error'>,
): { stop(): Promise<void> } {
  const running = Object.values(tasks).map((task) => repeat(task, log))
  return {
    async stop() {
      for (const task of running) await task.stop()
    },
  }
}

/** Repeats work that returns how much it did, until it does less than a full batch. */
async function untilDone(
  work: () => Promise<number>,
  batchMax: number,
  isStopping: () => boolean = () => false,
): Promise<void> {
  // Each batch is short and waits for all urgent work, so the number of batches needs no bound.
  while (!isStopping()) {
    if ((await work()) < batchMax) return
    // Work that only reads never leaves this thread, so other work gets its turn here.
    await new Promise((resolve) => setImmediate(resolve))
  }
}

/** The time before a task that fails in the same way is logged again. */
const REPEATED_MS = 60_000

/** Runs work at intervals, never twice at once. A failure is logged, and the next round tries again. */
function repeat({ everyMs, work }: Task, log: Pick<Log, 'error'>): { stop(): Promise<void> } {
  let running: Promise<unknown> = Promise.resolve()
  let busy = false
  let stopping = false
  let reported = { what: '', at: 0 }
  // The log must not fill with the same line while, for example, a disk is full for an hour.
  const report = (error: unknown) => {
    const now = performance.now()
    if (String(error) === reported.what && now - reported.at < REPEATED_MS) return
    reported = { what: String(error), at: now }
    log.error(error, 'housekeeping')
  }
  const timer = setInterval(() => {
    if (busy) return
    busy = true
    running = work(() => stopping)
      .catch(report)
      .finally(() => {
        busy = false
      })
  }, everyMs)
  return {
    async stop() {
      stopping = true
      clearInterval(timer)
      await running
    },
  }
}
