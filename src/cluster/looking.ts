import { setTimeout as sleep } from 'node:timers/promises'
import type { InForce } from '../core/verify/nodes.ts'
import type { NodeStore } from '../store/nodes.ts'
import { createPause } from './pace.ts'
import type { Waiting } from './waiting.ts'

/** The pause between two looks while a change waits: short at first, then longer. */
const SOON_MS = 2
const LATER_MS = 10
const SOON_LOOKS = 20

/** Reads the table of nodes, to find out when a change is in force, and to evict lost nodes. */
export interface Looking {
  inForce(revision: number): Promise<InForce>
  /** The number of changes that wait. */
  waiters(): number
  stop(): Promise<void>
}

/** Reads the table twice per lease, and more often while a change waits. */
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
      // The database does not answer: a waiting change counts as in force once every lease must have expired.
      await sleep(LATER_MS)
    }
  }

  /** A look that begins after this call, shared by all calls of the same time. */
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
      // A look that never ends must not delay a change for longer than the longest lease.
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
