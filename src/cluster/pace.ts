import { performance } from 'node:perf_hooks'
import type { Reading } from './lease.ts'

/** Reads both clocks of the machine. */
export function readClocks(): Reading {
  return { monotonicMs: performance.now(), wallMs: Date.now() }
}

/** A pause that can be cut short. */
export interface Pause {
  /** Resolves after this time, or when `end` is called. */
  wait(ms: number): Promise<void>
  /** Ends the pause; if none is under way, the next one ends at once. */
  end(): void
}

/** Builds one. */
export function createPause(): Pause {
  let endNow: (() => void) | null = null
  let ended = false
  return {
    async wait(ms) {
      if (!ended) {
        await new Promise<void>((resolve) => {
          const timer = setTimeout(resolve, ms)
          endNow = () => {
            clearTimeout(timer)
            resolve()
          }
        })
      }
      ended = false
      endNow = null
    },
    end() {
      ended = true
      endNow?.()
    },
  }
}
