import { MAX } from '../../core/ground/bounds.ts'
import type { Lane, LongReads } from './lanes.ts'
import { readingThread } from './thread.ts'

/** Until then a start has its first requests to answer, for which the threads would take the processor away. */
const PREPARE_AFTER_MS = 1_000

/**
 * Long reads in one thread per lane. `dataOf` makes the data for the start of a thread: for a lane, with this time limit of one read. With `isServer` the threads start by themselves a little later, and not at their first reads:
 * strangers may have opened as many connections as the process may have by then.
 */
export function readInThreads(
  file: URL,
  {
    atOnce,
    dataOf,
    isServer,
  }: {
    atOnce: Record<Lane, number>
    dataOf: (lane: Lane, limitMs: number) => object
    isServer: boolean
  },
): LongReads {
  const thread = (lane: Lane) => {
    const limitMs = MAX.readMs[lane]
    return readingThread({ file, data: dataOf(lane, limitMs), limitMs })
  }
  const threads = { lists: thread('lists'), reports: thread('reports') }
  const prepare = () => {
    for (const each of Object.values(threads)) each.prepare()
  }
  const soon = isServer ? setTimeout(prepare, PREPARE_AFTER_MS).unref() : undefined
  return {
    atOnce,
    run: (lane, name, args) => threads[lane].run(name, args),
    async close() {
      clearTimeout(soon)
      await threads.lists.close()
      await threads.reports.close()
    },
  }
}
