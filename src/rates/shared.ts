import type { Clock } from '../core/ground/clock.ts'
import type { RateDemand, RateLimiter, RateOffer, RateState, RateTaking } from '../core/verify/rates.ts'
import { unitMs } from './cells.ts'
import { GIVE_BACK, TAKE } from './shared-scripts.ts'

/** The memory that nodes share: it runs a script in one atomic step. Fails soon when it cannot be reached. */
export interface SharedMemory {
  run(script: string, names: readonly string[], args: readonly string[]): Promise<unknown>
}

/** A limiter whose counts nodes share. */
export interface SharedRateLimiter extends RateLimiter {
  state(): {
    /** Whether the shared memory decides now; otherwise each node counts by itself. */
    isShared: boolean
    /** How often it could not be asked. */
    failures: number
  }
}

/** For how long nothing is asked after a failure: nobody is to wait for what is not there. */
const AWAY_MS = 1_000
/** For how long an answer waits for whoever asked for it. */
const KEPT_MS = 250
/** Demands whose answers are waited for at once. */
const WAITING_MAX = 10_000

interface Answer {
  demands: readonly RateDemand[]
  /** Units used up before this demand, by limit. */
  used: number[]
  allowed: boolean
  /** The limit that binds, and for how long; only of a refusal. */
  bound: number
  waitMs: number
  at: number
}

/**
 * Exact rate limits over several nodes. `load` takes the units in the shared memory, in one atomic step for all limits of a
 * key, and keeps the answer for the next `peek` or `take` that asks for the same; units that nobody comes for, or that are given back, are
 * returned. While the shared memory cannot be reached, `local` decides: each node then counts what it has seen itself.
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

  async function run(
    script: string,
    demands: readonly RateDemand[],
    args: readonly string[],
  ): Promise<unknown> {
    try {
      return await shared.run(script, demands.map(memoryName), args)
    } catch (error) {
      failures += 1
      awayUntil = clock.now() + AWAY_MS
      throw error
    }
  }

  function keep(answer: Answer): void {
    const name = nameOf(answer.demands)
    const kept = waiting.get(name) ?? []
    kept.push(answer)
    waiting.set(name, kept)
    waitingCount += 1
    setTimeout(() => drop(name, answer), KEPT_MS).unref?.()
  }

  /** The oldest answer for such a demand; undefined where none waits. */
  function find(demands: readonly RateDemand[]): Answer | undefined {
    const name = nameOf(demands)
    const kept = waiting.get(name)
    const answer = kept?.shift()
    if (answer === undefined) return undefined
    waitingCount -= 1
    if (kept?.length === 0) waiting.delete(name)
    return answer
  }

  /** Nobody has come for the answer. */
  function drop(name: string, answer: Answer): void {
    const kept = waiting.get(name)
    const index = kept?.indexOf(answer) ?? -1
    if (kept === undefined || index < 0) return
    kept.splice(index, 1)
    waitingCount -= 1
    if (kept.length === 0) waiting.delete(name)
    if (answer.allowed) giveBack(answer)
  }

  function giveBack({ demands }: Answer): void {
    const taken = demands.filter(({ cost }) => cost > 0)
    const args = taken.flatMap(({ rate, cost }) => [String(unitMs(rate)), String(cost)])
    // Where that fails they come back with time.
    run(GIVE_BACK, taken, args).catch(() => {})
  }

  /** Counts here, too, so that this node's own bound holds when the shared memory is lost. */
  function countLocally(demands: readonly RateDemand[]): Extract<RateTaking, { allowed: true }> | null {
    const taken = local.take(demands)
    return taken?.allowed ? taken : null
  }

  function statesOf({ demands, used }: Answer): RateState[] {
    const now = clock.now()
    return demands.map(({ rate, cost }, index) => stateOf(rate, (used[index] ?? 0) + cost, now))
  }

  function refusalOf({ demands, used, bound, waitMs }: Answer): Extract<RateTaking, { allowed: false }> {
    const demand = demands[bound]
    if (demand === undefined) throw new Error('A refusal names no limit.')
    const retryAfterMs = Number.isFinite(waitMs) ? Math.max(1, Math.ceil(waitMs)) : null
    return { allowed: false, bound: stateOf(demand.rate, used[bound] ?? 0, clock.now()), retryAfterMs }
  }

  return {
    peek(demands): RateOffer | null {
      if (isLocal(demands)) return local.peek(demands)
      const answer = find(demands)
      if (answer === undefined) return null
      if (!answer.allowed) return refusalOf(answer)
      let isTaken = false
      // It is taken in this turn of the event loop, or whoever asks next may have it.
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
    async load(demands) {
      await local.load(demands)
      // One that nobody has come for is as good as another.
      if (isLocal(demands) || waiting.has(nameOf(demands)) || waitingCount >= WAITING_MAX) return
      const args = demands.flatMap(({ rate, cost }) => [rate.limit, unitMs(rate), cost].map(String))
      try {
        keep(answerOf(demands, await run(TAKE, demands, args), clock.now()))
      } catch {
        // Asked again, this node decides by itself.
      }
    },
    flush: local.flush,
    forgetWhole: local.forgetWhole,
    state: () => ({ isShared: !isAway(), failures }),
  }
}

/** In one place of a cluster of such memories, whatever its limits: the braces say what the place is chosen by. */
function memoryName({ subject, rate }: RateDemand): string {
  return `latchkey:rate:{${subject}}:${rate.name}`
}

function nameOf(demands: readonly RateDemand[]): string {
  const each = demands.map(({ subject, rate, cost }) => [subject, rate.name, rate.limit, rate.windowMs, cost])
  return JSON.stringify(each)
}

/** What the script answers: whether it is allowed, which limit binds, for how long, and what was used of each, all as texts. */
function answerOf(demands: readonly RateDemand[], told: unknown, at: number): Answer {
  if (!Array.isArray(told) || told.length !== 3 + demands.length)
    throw new Error('The script answers otherwise.')
  const [allowed, bound, waitMs, ...used] = told.map(Number)
  return {
    demands,
    allowed: allowed === 1,
    bound: bound ?? 0,
    waitMs: waitMs === -1 ? Number.POSITIVE_INFINITY : (waitMs ?? 0),
    used,
    at,
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
