import { MAX } from '../../../core/ground/bounds.ts'

/** The number of changes for which users count as several after two of them have made one. */
const SHARED_CHANGES = 64

/**
 * Rests between the changes of one user. Whoever has more changes waiting keeps the database and the event loop busy, and everybody waits for
 * these. So while others make changes, too, such a user rests after each change for as long as it took (docs/adr/0097).
 */
export interface Rests {
  isResting(userId: string): boolean
  /** Notes the end of a change, and whether its user has more waiting. */
  note(userId: string, tookMs: number, hasMore: boolean): void
}

/** Builds the rests of all users; `onEnd` is told when a user's rest is over. */
export function createRests(onEnd: (userId: string) => void): Rests {
  const endOf = new Map<string, number>()
  let latest: string | null = null
  let shared = 0

  function isShared(userId: string): boolean {
    shared = latest !== null && latest !== userId ? SHARED_CHANGES : Math.max(0, shared - 1)
    latest = userId
    return shared > 0
  }

  function rest(userId: string, ms: number): void {
    const end = performance.now() + ms
    // With several connections another change of the same user may end meanwhile.
    endOf.set(userId, Math.max(end, endOf.get(userId) ?? 0))
    setTimeout(() => {
      if (endOf.get(userId) !== end) return
      endOf.delete(userId)
      onEnd(userId)
    }, ms)
  }

  return {
    isResting: (userId) => endOf.has(userId),
    note(userId, tookMs, hasMore) {
      if (isShared(userId) && hasMore) rest(userId, Math.min(tookMs, MAX.breakMs))
    },
  }
}
