import { MAX } from '../../core/ground/bounds.ts'
import type { Lane, LongReads } from './lanes.ts'
import { readingThread } from './thread.ts'

/**
 * Long reads in one thread per lane. `dataOf` makes the data for the start of a thread: for a lane with this time limit of one read,
 * and this many reads at the same time.
 */
export function readInThreads(
  file: URL,
  { atOnce, dataOf }: { atOnce: Record<Lane, number>; dataOf: (limitMs: number, atOnce: number) => object },
): LongReads {
  const thread = (lane: Lane) => {
    const limitMs = MAX.readMs[lane]
    return readingThread({ file, data: dataOf(limitMs, atOnce[lane]), limitMs })
  }
  const threads = { lists: thread('lists'), reports: thread('reports') }
  return {
    atOnce,
    run: (lane, name, args) => threads[lane].run(name, args),
    async close() {
      await threads.lists.close()
      await threads.reports.close()
    },
  }
}
