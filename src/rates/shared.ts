import { MAX } from '../core/ground/bounds.ts'
import type { Clock } from '../core/ground/clock.ts'
import type {
  RateDemand,
  RateLimiter,
  RateOffer,
  RateRefusal,
  RateState,
  RateTaking,
} from '../core/verify/rates.ts'
import { unitMs } from './cells.ts'
import { GIVE_BACK, LOOK, TAKE } from './shared-scripts.ts'

/** The memory that nodes share. It runs a script in one atomic step, and fails quickly when it cannot be reached. */
export interface SharedMemory {
  run(script: string, names: readonly string[], args: readonly string[]): Promise<unknown>
}

/** A limiter whose counts nodes share. */
export interface SharedRateLimiter extends RateLimiter {
  state(): {
    /** True while the shared memory decides; otherwise each node counts by itself. */
    isShared: boolean
    /** The number of failed calls. */
    failures: number
  }
}

/** After a failure the shared memory is not called for this long, so that no request waits for it in vain. */
const AWAY_MS = 1_000
/** How long an answer is kept for the request that caused it. */
const KEPT_MS = 250
/** The maximum number of demands that wait for an answer. */
const WAITING_MAX = 10_000

interface Answer {
  demands: readonly RateDemand[]
  /** The units used before this demand, by limit. */
  used: number[]
  /** The same under the rate from before a cut. */
  usedBeforeCut: number[]
  allowed: boolean
  /** The limit that binds, and how long it binds; only in a refusal. */
  bound: number
  waitMs: number
  /** The time of the shared memory. */
  at: string
}

/**
 * Exact rate limits over several nodes. `load` takes the units in the shared memory, in one atomic step for all limits of a key, and
 * keeps the answer for the next `peek` or `take` with the same demand; units that nobody collects, or that are given back, are returned.
 * `look` only reads. While the shared memory cannot be reached, `local` decides: each node then counts its own uses.
 */
export function sharedRateLimiter({
  shared,
  local,
  clock,
}: {
  shared: SharedMemory
  local: RateLimiter
  clock: Clock
}): SharedRateLimiter {
  const waiting = new Map<string, Answer[]>()
  let waitingCount = 0
  let awayUntil = Number.NEGATIVE_INFINITY
  let failures = 0

  const isAway = () => clock.now() < awayUntil && awayUntil - clock.now() <= AWAY_MS
  const isLocal = (demands: readonly RateDemand[]) => isAway() || demands.every(({ cost }) => cost === 0)

  /** Runs a script. An answer that `read` cannot make out is a failure like none. */
  async function run<Result>(
    script: string,
    demands: readonly RateDemand[],
    args: readonly string[],
    read: (reply: unknown) => Result,
  ): Promise<Result> {
    try {
      return read(await shared.run(script, demands.map(memoryName), args))
    } catch (error) {
      failures += 1
      awayUntil = clock.now() + AWAY_MS
      throw error
    }
  }

  function ask(script: string, demands: readonly RateDemand[]): Promise<Answer> {
    const args = demands.flatMap(({ rate, cost }) => [rate.limit, unitMs(rate), cost])
    const kept = [nameOfNames(demands), MAX.ratesKept]
    return run(script, demands, [...args, ...kept].map(String), (reply) => answerOf(demands, reply))
  }

  function keep(answer: Answer): void {
    const name = nameOf(answer.demands)
    const kept = waiting.get(name) ?? []
    kept.push(answer)
    waiting.set(name, kept)
    waitingCount += 1
    setTimeout(() => drop(name, answer), KEPT_MS).unref?.()
  }

  /** The oldest answer for an equal demand; undefined when none is kept. */
  function find(demands: readonly RateDemand[]): Answer | undefined {
    const name = nameOf(demands)
    const kept = waiting.get(name)
    const answer = kept?.shift()
    if (answer === undefined) return undefined
    waitingCount -= 1
    if (kept?.length === 0) waiting.delete(name)
    return answer
  }

  /** Nobody has collected the answer, so its units are given back. */
  function drop(name: string, answer: Answer): void {
    const kept = waiting.get(name)
    const index = kept?.indexOf(answer) ?? -1
    if (kept === undefined || index < 0) return
    kept.splice(index, 1)
    waitingCount -= 1
    if (kept.length === 0) waiting.delete(name)
    if (answer.allowed) giveBack(answer)
  }

  function giveBack({ demands, used, usedBeforeCut, at }: Answer): void {
    const taken = demands.flatMap((demand, index) =>
      demand.cost > 0 ? [{ demand, before: used[index], beforeCut: usedBeforeCut[index] }] : [],
    )
    const args = taken.flatMap(({ demand: { rate, cost }, before = 0, beforeCut = 0 }) =>
      [unitMs(rate), rate.limit, cost, before, beforeCut, at].map(String),
    )
    const demanded = taken.map(({ demand }) => demand)
    // If this fails, the units leak away with time.
    run(GIVE_BACK, demanded, args, () => {}).catch(() => {})
  }

  /** Counts locally, too, so that this node keeps the limit by itself when the shared memory is lost. */
  function countLocally(demands: readonly RateDemand[]): Extract<RateTaking, { allowed: true }> | null {
    const taken = local.take(demands)
    return taken?.allowed ? taken : null
  }

  function statesOf({ demands, used }: Answer): RateState[] {
    const now = clock.now()
    return demands.map(({ rate, cost }, index) => stateOf(rate, (used[index] ?? 0) + cost, now))
  }

  function refusalOf({ demands, used, bound, waitMs }: Answer): RateRefusal {
    const demand = demands[bound]
    if (demand === undefined) throw new Error('A refusal names no limit.')
    const retryAfterMs = Number.isFinite(waitMs) ? Math.max(1, Math.ceil(waitMs)) : null
    return { allowed: false, bound: stateOf(demand.rate, used[bound] ?? 0, clock.now()), retryAfterMs }
  }

  return {
    peek(demands, now): RateOffer | null {
      if (isLocal(demands)) return local.peek(demands, now)
      const answer = find(demands)
      if (answer === undefined) return null
      if (!answer.allowed) return refusalOf(answer)
      let isTaken = false
      // It must be taken in this turn of the event loop; after that, the next request may have it.
      queueMicrotask(() => {
        if (!isTaken) keep(answer)
      })
      return {
        allowed: true,
        states: statesOf(answer),
        take() {
          isTaken = true
          countLocally(demands)
        },
      }
    },
    take(demands): RateTaking | null {
      if (isLocal(demands)) return local.take(demands)
      const answer = find(demands)
      if (answer === undefined) return null
      if (!answer.allowed) return refusalOf(answer)
      const here = countLocally(demands)
      let isGiven = false
      return {
        allowed: true,
        states: statesOf(answer),
        giveBack() {
          if (isGiven) return
          isGiven = true
          here?.giveBack()
          giveBack(answer)
        },
      }
    },
    async look(demands) {
      if (demands.length === 0 || isAway()) return local.look(demands)
      try {
        const answer = await ask(LOOK, demands)
        const now = clock.now()
        const states = demands.map(({ rate }, index) => stateOf(rate, answer.used[index] ?? 0, now))
        return { refusal: answer.allowed ? null : refusalOf(answer), states }
      } catch {
        return local.look(demands)
      }
    },
    async load(demands) {
      await local.load(demands)
      // A kept answer serves any equal demand.
      if (isLocal(demands) || waiting.has(nameOf(demands)) || waitingCount >= WAITING_MAX) return
      try {
        keep(await ask(TAKE, demands))
      } catch {
        // The next attempt is decided locally.
      }
    },
    flush: local.flush,
    forgetWhole: local.forgetWhole,
    state: () => ({ isShared: !isAway(), failures }),
  }
}

/** All limits of a subject are in one slot of a Redis cluster: the text in braces chooses the slot. */
function memoryName({ subject, rate }: RateDemand): string {
  return `latchkey:rate:{${subject}}:${rate.name}`
}

/** The set of these names of a subject, in the same slot. No limit has this name, because those end with their own. */
function nameOfNames([first]: readonly RateDemand[]): string {
  return `latchkey:rate:{${first?.subject}}`
}

function nameOf(demands: readonly RateDemand[]): string {
  const each = demands.map(({ subject, rate, cost }) => [subject, rate.name, rate.limit, rate.windowMs, cost])
  return JSON.stringify(each)
}

/**
 * Reads the script's answer, all as texts: whether it is allowed, which limit binds, for how long, the time, and for each limit the used
 * units, and those under the rate from before a cut.
 */
function answerOf(demands: readonly RateDemand[], reply: unknown): Answer {
  if (!Array.isArray(reply) || reply.length !== 4 + 2 * demands.length)
    throw new Error('The script answers otherwise.')
  const numbers = reply.map(Number)
  const [allowed, bound = 0, waitMs = 0, , ...counts] = numbers
  if (!numbers.every(Number.isFinite) || demands[bound] === undefined)
    throw new Error('The script answers otherwise.')
  return {
    demands,
    allowed: allowed === 1,
    bound,
    waitMs: waitMs === -1 ? Number.POSITIVE_INFINITY : waitMs,
    used: counts.filter((_, n) => n % 2 === 0),
    usedBeforeCut: counts.filter((_, n) => n % 2 === 1),
    at: String(reply[3]),
  }
}

function stateOf(rate: RateDemand['rate'], used: number, now: number): RateState {
  const { name, limit, windowMs } = rate
  return {
    name,
    limit,
    windowMs,
    remaining: Math.min(limit, Math.max(0, Math.floor(limit - used + 1e-6))),
    resetsAt: Math.ceil(now + used * unitMs(rate)),
  }
}
