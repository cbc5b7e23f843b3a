import { MAX } from '../../core/ground/bounds.ts'
import type { Lane, LongReads } from './lanes.ts'
import { readingThread } from './thread.ts'

/**
 * Long reads in a thread for each lane. `dataOf` is what a thread is started with, for a lane of which one read may take so long and so
 * many run at once.
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
