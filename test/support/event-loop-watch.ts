import { join } from 'node:path'
import type { ServerProcess } from './server.ts'

/** The program to start in place of the server's own: the same server, with a watch on its event loop. */
export const WATCHED_MAIN = join(import.meta.dir, 'measured-main.ts')

/** Asks a server that was started with {@link WATCHED_MAIN} for its longest block since the last question, in milliseconds. */
export function eventLoopWatch(server: () => ServerProcess): () => Promise<number> {
  let reports = 0
  return async function longestBlockMs() {
    reports += 1
    process.kill(server().pid, 'SIGUSR2')
    for (;;) {
      const found = [
        ...server()
          .output()
          .matchAll(/^longest block ([\d.]+) ms$/gm),
      ]
      if (found.length >= reports) return Number(found[reports - 1]?.[1])
      await Bun.sleep(2)
    }
  }
}
