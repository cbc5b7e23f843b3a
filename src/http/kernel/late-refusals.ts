import { MAX } from '../../core/ground/bounds.ts'
import { declaredBytes, letGoOfBody } from './unread-body.ts'

/**
 * Refusals that leave a large body unread. Each ends its connection, so a sender that begins again after every answer makes the server accept,
 * receive and close as fast as it refuses, and everybody else waits for that. Such an answer waits a little. That bounds what a sender does
 * with one connection, and costs the server no work.
 */
export interface LateRefusals {
  /**
   * Resolves when this request's refusal may be sent, or earlier when its sender has gone. The sender is a user or a key; null stands for all who
   * have no known credential. Undefined when so many refusals wait that this one should be sent at once, or when nobody waits for it any more.
   */
  wait(request: Request, sender: string | null): Promise<void> | undefined
}

/** The bounds on late refusals, see `MAX.lateRefusals`. */
interface Bounds {
  ms: number
  apartMs: number
  each: number
  together: number
  unreadBytes: number
}

/**
 * Builds the waiting place of one server. Hundreds of senders may begin at the same moment. If their waits ended at the same moment, too, they
 * would all begin again together, and everybody else would wait for all of them. So each of a sender's refusals waits longer than the one before
 * it, and a sender with more connections gets no more answers.
 */
export function createLateRefusals(bounds: Bounds = MAX.lateRefusals): LateRefusals {
  const waitingOf = new Map<string | null, number>()
  let waiting = 0
  let unreadBytes = 0

  function count(sender: string | null, change: 1 | -1): void {
    waiting += change
    const own = (waitingOf.get(sender) ?? 0) + change
    if (own === 0) waitingOf.delete(sender)
    else waitingOf.set(sender, own)
  }

  /**
   * The bytes of a body that stay unread during the wait. The server receives about a megabyte of such a body, keeps it, and then receives no
   * more. A body of up to that size is received in any case, so it is let go at once: what comes of it is not kept. The same is done with
   * longer bodies when there is no room for them.
   */
  function keptOf(request: Request): number {
    const isLong = (declaredBytes(request.headers) ?? Number.POSITIVE_INFINITY) > MAX.bodyBytes
    return isLong && unreadBytes + MAX.bodyBytes <= bounds.unreadBytes ? MAX.bodyBytes : 0
  }

  return {
    wait(request, sender) {
      const own = waitingOf.get(sender) ?? 0
      const { signal } = request
      if (signal.aborted) return undefined
      if (own >= bounds.each || waiting >= bounds.together) return undefined
      const kept = keptOf(request)
      if (kept === 0) letGoOfBody(request)
      unreadBytes += kept
      count(sender, 1)
      return new Promise((resolve) => {
        const timer = setTimeout(end, bounds.ms + own * bounds.apartMs)
        signal.addEventListener('abort', end)
        function end(): void {
          clearTimeout(timer)
          signal.removeEventListener('abort', end)
          if (kept > 0) letGoOfBody(request)
          unreadBytes -= kept
          count(sender, -1)
          resolve()
        }
      })
    },
  }
}
