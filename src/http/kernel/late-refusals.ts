import { MAX } from '../../core/ground/bounds.ts'
import { declaredBytes, letGoOfBody } from './unread-body.ts'

/**
 * Refusals that leave a large body unread. Each ends its connection, so a sender that begins again after every answer makes the server accept,
 * receive and close as fast as it refuses, and everybody else waits for that. Such an answer waits a little. That bounds what a sender does
 * with one connection, and costs the server no work.
 */
export interface LateRefusals {
  /**
   * Resolves when this request's refusal may be sent, and lets go of what has arrived of its body. Undefined when the refusal should be sent at
   * once: the server keeps about a megabyte of a body that it does not read, so only some refusals may wait at the same time.
   */
  wait(request: Request): Promise<void> | undefined
}

/** Builds the waiting place of one server. */
export function createLateRefusals(bounds: { ms: number; bytes: number } = MAX.lateRefusals): LateRefusals {
  let waiting = 0
  return {
    wait(request) {
      const bytes = Math.min(declaredBytes(request.headers) ?? MAX.bodyBytes, MAX.bodyBytes)
      if (waiting + bytes > bounds.bytes) return undefined
      waiting += bytes
      return new Promise((resolve) => {
        setTimeout(() => {
          waiting -= bytes
          letGoOfBody(request)
          resolve()
        }, bounds.ms)
      })
    },
  }
}
