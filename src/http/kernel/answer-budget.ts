import { MAX } from '../../core/ground/bounds.ts'
import { Fault } from '../../core/ground/faults.ts'

/**
 * The bytes of large answers that their readers have not taken yet. An answer stays in memory until it is read, and a reader may take as long as
 * it likes.
 */
export interface AnswerBudget {
  /**
   * Throws `rate_limited` when this user would have too many bytes under way with one more answer of this size, `server_busy` when all users
   * together would. A user without another one has room in any case.
   */
  requireRoom(user: string, bytes: number): void
  /** Counts an answer of this user until the returned function is called; a second call of that does nothing. */
  count(user: string, bytes: number): () => void
}

/** The bounds on answers under way, in bytes; see `MAX.answersUnderWay`. */
interface Bounds {
  each: number
  together: number
  spared: number
}

const TOO_MANY_ANSWERS =
  'This user reads too many large answers at the same time. Read them faster, or ask for fewer at a time.'

/** Builds a budget without answers. */
export function createAnswerBudget(bounds: Bounds = MAX.answersUnderWay): AnswerBudget {
  const held = new Map<string, number>()
  let total = 0

  function add(user: string, bytes: number): void {
    total += bytes
    const own = (held.get(user) ?? 0) + bytes
    if (own === 0) held.delete(user)
    else held.set(user, own)
  }

  return {
    requireRoom(user, bytes) {
      const before = held.get(user)
      if (before === undefined) return
      const own = before + bytes
      if (own > bounds.each)
        throw new Fault('rate_limited', { message: TOO_MANY_ANSWERS, retryAfterMs: 1_000 })
      if (own > bounds.spared && total + bytes > bounds.together) throw new Fault('server_busy')
    },
    count(user, bytes) {
      add(user, bytes)
      let hasEnded = false
      return function end() {
        if (hasEnded) return
        hasEnded = true
        add(user, -bytes)
      }
    },
  }
}
