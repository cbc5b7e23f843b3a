import { percentile } from './figures.ts'
import { record, type Target, type Workload } from './metering-load.ts'

/** The times of calls that were sent at a fixed rate. */
export interface OpenResult {
  callsPerSecond: number
  /** Calls that count. */
  calls: number
  /** Times from the moment when a call was due to its acknowledgement. */
  p50Ms: number
  p99Ms: number
}

/**
 * Sends calls of a workload for this time, at moments of their own (a Poisson stream), whether or not answers come. A call counts from
 * the moment when it was due: one that waits behind a stalled server counts with its whole wait, and so does one that the sender's timer
 * sends late, which is up to a millisecond. Counting starts after a tenth of the time. Throws when a call is not acknowledged.
 */
export async function runOpen(
  target: Target,
  workload: Workload,
  { callsPerSecond, ms }: { callsPerSecond: number; ms: number },
): Promise<OpenResult> {
  const begun = performance.now()
  const counting = begun + ms / 10
  const end = counting + ms
  const times: number[] = []
  const send = async (dueAt: number) => {
    await record(target, workload)
    if (dueAt >= counting) times.push(performance.now() - dueAt)
  }
  const sent: Promise<void>[] = []
  for (let dueAt = begun; dueAt < end; ) {
    const now = performance.now()
    for (; dueAt <= now && dueAt < end; dueAt += pause(callsPerSecond)) {
      const call = send(dueAt)
      // A failure is thrown at the end; until then nobody waits for this call.
      call.catch(() => {})
      sent.push(call)
    }
    await Bun.sleep(Math.max(0, dueAt - performance.now()))
  }
  await Promise.all(sent)
  const sorted = times.toSorted((one, other) => one - other)
  return {
    callsPerSecond,
    calls: times.length,
    p50Ms: percentile(sorted, 0.5),
    p99Ms: percentile(sorted, 0.99),
  }
}

/** The time to the next call of a stream whose calls do not know of each other. */
function pause(perSecond: number): number {
  return (-Math.log(1 - Math.random()) * 1_000) / perSecond
}
