import { join } from 'node:path'
import { residentBytes } from '../../test/support/process-memory.ts'
import { addLimitedKeys } from '../limited-keys.ts'
import type { Callers } from './callers.ts'
import { get } from './product.ts'
import { startOn } from './server-process.ts'

/** The memory by which a server grows when it verifies keys with limits that it did not hold before. */
export interface ServedMemory {
  keys: number
  /** Of the process, as the system counts it; null where it does not (Linux does). */
  grownBytes: number | null
}

/** The keys are asked in turn for this long at a time, until all have been. */
const ASKED_MS = 1_000
/** Ten times as long as the first uses of 100,000 keys take. */
const ASKED_TIMES_MAX = 600
/** The server gives memory back two seconds after it became free. */
const RESTS_MS = 5_000

/** Starts a server on this many keys with two limits each, and asks `/v2/authorize` for all of them. */
export async function measureServedMemory(
  callers: Callers,
  { scratch, checkout, keys }: { scratch: string; checkout: string; keys: number },
): Promise<ServedMemory> {
  const path = join(scratch, 'served.db')
  await (await startOn(checkout, path)).stop()
  const added = addLimitedKeys(path, keys)
  const server = await startOn(checkout, path)
  const port = Number(new URL(server.url).port)
  const askAll = async (of: typeof added) => {
    let requests = of.map(({ secret }) => get('/v2/authorize', secret))
    for (let times = 0; requests.length > 0; times += 1) {
      const { answered, failed } = await callers.closed({
        load: { port, requests },
        connections: 64,
        ms: ASKED_MS,
      })
      if (failed > 0 || times === ASKED_TIMES_MAX) throw new Error(`${failed} requests did not pass.`)
      requests = requests.slice(answered)
    }
  }
  // What serving takes by itself is not counted: compiled code, connections, threads.
  await askAll(added.slice(0, 1_000))
  await Bun.sleep(RESTS_MS)
  const before = residentBytes(server.pid)
  await askAll(added)
  await Bun.sleep(RESTS_MS)
  const after = residentBytes(server.pid)
  await server.stop()
  return { keys, grownBytes: before === null || after === null ? null : after - before }
}
