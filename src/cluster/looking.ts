import { setTimeout as sleep } from 'node:timers/promises'
import type { InForce } from '../core/verify/nodes.ts'
import type { NodeStore } from '../store/nodes.ts'
import { createPause } from './pace.ts'
import type { Waiting } from './waiting.ts'

/** How long after a look the next one begins while somebody waits: soon at first, then less often. */
const SOON_MS = 2
const LATER_MS = 10
const SOON_LOOKS = 20

/** The looks at the table of nodes, for those who wait for a change to be in force, and for the eviction of nodes that have gone. */
export interface Looking {
  inForce(revision: number): Promise<InForce>
  /** How many changes are waited for. */
  waiters(): number
  stop(): Promise<void>
}

/** Looks by itself twice in a lease, and more often while somebody waits. */
export function lookAtNodes({
  waiting,
  store,
  nowMs,
  leaseMs,
  noteEvicted,
}: {
  waiting: Waiting
  store: Pick<NodeStore, 'findNodes' | 'evictNode'>
  /** The monotonic clock. */
  nowMs: () => number
  leaseMs: number
  noteEvicted: (id: string) => void
}): Looking {
  let waiters = 0
  let stopped = false
  let current: Promise<void> | null = null
  let queued: Promise<void> | null = null
  const pause = createPause()

  async function look(): Promise<void> {
    const sentAtMs = nowMs()
    try {
      waiting.saw(await store.findNodes(), sentAtMs, nowMs())
      for (const { id, renewals } of waiting.toEvict(nowMs())) {
        if (await store.evictNode(id, renewals)) noteEvicted(id)
      }
    } catch {
      // The database does not answer: whoever waits is answered once no lease can be left.
      await sleep(LATER_MS)
    }
  }

  /** A look that begins after this call; shared by all who ask for one meanwhile. */
  function lookFromNow(): Promise<void> {
    if (current === null) {
      current = look().finally(() => {
        current = null
      })
      return current
    }
    queued ??= current.then(() => {
      queued = null
      return lookFromNow()
    })
    return queued
  }

  async function inForce(revision: number): Promise<InForce> {
    const change = { revision, atMs: nowMs() }
    for (let looks = 0; ; looks += 1) {
      // A look that never comes back must not keep anybody longer than the longest lease.
      const leftMs = Math.max(0, waiting.latestMs(change) - nowMs())
      await Promise.race([lookFromNow(), sleep(leftMs, undefined, { ref: false })])
      const found = waiting.inForce(change, nowMs())
      if (found !== null) return found
      await sleep(looks < SOON_LOOKS ? SOON_MS : LATER_MS)
    }
  }

  async function run(): Promise<void> {
    while (!stopped) {
      await lookFromNow()
      await pause.wait(leaseMs / 2)
    }
  }

  const running = run()
  return {
    async inForce(revision) {
      waiters += 1
      try {
        return await inForce(revision)
      } finally {
        waiters -= 1
      }
    },
    waiters: () => waiters,
    async stop() {
      stopped = true
      pause.end()
      await running
    },
  }
}
