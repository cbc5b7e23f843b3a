import { MAX } from './core/ground/bounds.ts'
import type { Latchkey } from './core/latchkey.ts'
import type { Log } from './log/log.ts'
import type { Store } from './store/store.ts'

/** How long things are kept that housekeeping deletes. */
export interface Retention {
  /** Single usage events; their sums stay. */
  eventRetentionMs: number
  /** Entries of the audit log about what was done; null for ever. */
  auditRetentionMs: number | null
  /** Those about what was denied. */
  deniedRetentionMs: number
}

/** Work that is done at intervals, whatever requests there are. */
export interface Task {
  everyMs: number
  /** Does the work, or as much of it as comes before somebody wants to stop. */
  work(isStopping?: () => boolean): Promise<unknown>
}

/** What runs besides requests; docs/architecture.md says what a crash may lose of each. */
export type TaskName =
  | 'flushUses'
  | 'flushRates'
  | 'forgetRates'
  | 'forgetAnswers'
  | 'orderBySpent'
  | 'indexNames'
  | 'endReservations'
  | 'purgeEvents'
  | 'flushDenials'
  | 'purgeAudit'
  | 'flushOutcomes'
  | 'purgeOutcomes'

/** All that runs besides requests. */
export function housekeepingTasks(
  { keys, lastUsed, outcomes, history, rates, idempotency, reservations, usage, audit, clock }: Latchkey,
  { eventRetentionMs, auditRetentionMs, deniedRetentionMs }: Retention,
): Record<TaskName, Task> {
  return {
    // The first use of a key must show within a second (docs/api.md#read-and-list).
    flushUses: { everyMs: 500, work: () => lastUsed.flush() },
    // A page that shows it is looked at every few seconds; what a crash may lose is what came since.
    flushOutcomes: { everyMs: 5_000, work: () => outcomes.flush() },
    purgeOutcomes: {
      everyMs: 10 * 60_000,
      work: (isStopping) => untilDone(() => history.purge(), MAX.choreRows, isStopping),
    },
    // What a crash may lose of a long rate limit is what was used since.
    flushRates: { everyMs: 500, work: () => rates.flush() },
    forgetRates: {
      everyMs: 10 * 60_000,
      work: (isStopping) => untilDone(() => rates.forgetWhole(), MAX.choreRows, isStopping),
    },
    // The longer it waits, the more events of a key it deals with at once.
    orderBySpent: {
      everyMs: 2_000,
      work: (isStopping) => untilDone(() => usage.refreshSpentOrder(), MAX.spentOrderBatch, isStopping),
    },
    // What it has not come to is looked through as it is, so a search finds it all the same.
    indexNames: {
      everyMs: 1_000,
      work: (isStopping) => untilDone(() => keys.refreshSearch(), MAX.searchBatch, isStopping),
    },
    forgetAnswers: { everyMs: 10 * 60_000, work: () => idempotency.forgetOld() },
    // A reservation that nobody asks about would stay open in the store for ever. It has 30 s after its end to go.
    endReservations: {
      everyMs: 5_000,
      work: (isStopping) => untilDone(() => reservations.expireOverdue(), MAX.ledgerBatch, isStopping),
    },
    purgeEvents: {
      everyMs: 60 * 60_000,
      work: (isStopping) =>
        untilDone(() => usage.purge(clock.now() - eventRetentionMs), MAX.choreRows, isStopping),
    },
    // What a crash may lose of what was denied is what was noted since.
    flushDenials: { everyMs: 1_000, work: () => audit.flush() },
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

/** Keeps house from now on. Answers how to end: what is still in memory is written, and the store is closed. */
export function keepHouse(
  latchkey: Latchkey,
  { store, log, ...retention }: Retention & { store: Store; log: Pick<Log, 'error'> },
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

/** Starts the tasks. Stopping waits for those that run. */
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

/** Repeats work that answers how much it did, for as long as it does as much as fits into one batch. */
async function untilDone(
  work: () => Promise<number>,
  batchMax: number,
  isStopping: () => boolean = () => false,
): Promise<void> {
  // Each batch is short and waits for all that is urgent, so there may be as many as there is to do.
  while (!isStopping()) {
    if ((await work()) < batchMax) return
    // Work that only reads is over before this thread has looked at anything else.
    await new Promise((resolve) => setImmediate(resolve))
  }
}

/** How long a task that fails in the same way is not logged again. */
const REPEATED_MS = 60_000

/** Runs work at intervals, never two at once; a failure is logged and the next round tries again. */
function repeat({ everyMs, work }: Task, log: Pick<Log, 'error'>): { stop(): Promise<void> } {
  let running: Promise<unknown> = Promise.resolve()
  let busy = false
  let stopping = false
  let told = { what: '', at: 0 }
  // A disk that is full for an hour must not be filled with lines that say so.
  const report = (error: unknown) => {
    const now = performance.now()
    if (String(error) === told.what && now - told.at < REPEATED_MS) return
    told = { what: String(error), at: now }
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
