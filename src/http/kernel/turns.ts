import { createTurns } from '../../core/ground/turns.ts'

/** How long one caller may hold the event loop before it is somebody else's turn: of the long work of a request, and of many requests. */
const TURN_MS = 1
/** The assumed cost of a request until some are measured, and its maximum, because a pass may be long for other reasons. */
const REQUEST_MS = { first: 0.2, max: 0.5 }
/** How slowly the measure of a request follows the latest ones. */
const SMOOTHING = 16

/** The turns of one request at the event loop. */
export interface Turns {
  /** Begins the request. Undefined when it may go on at once, which costs next to nothing. */
  enter(): Promise<void> | undefined
  /** Whether the work has held the loop for long enough. */
  isOver(): boolean
  /** Waits until it is the caller's turn again; the work after it may take as long as one turn. */
  next(): Promise<void>
}

/** Shares the event loop among callers: a caller with little work is served at once, and a flood delays only its own caller. */
export interface LoopTurns {
  /** The turns of a request of this caller: a user, or a stranger's address. */
  of(caller: string): Turns
  /** Begins a request that is too short to ask for more turns; like {@link Turns.enter}. */
  enter(caller: string): Promise<void> | undefined
}

/**
 * Builds the turns of an event loop. In one pass of the loop a caller may begin requests until the pass has taken as long as
 * a turn; what is beyond waits, and each later pass lets as many begin as fit into a turn, callers in turn. So a pass is
 * short however many requests one caller sends, and the first request of any other begins in the pass in which it came.
 */
export function createLoopTurns(
  now: () => number = () => performance.now(),
  later: (pass: () => void) => unknown = setImmediate,
): LoopTurns {
  const waiting = createTurns<() => void>()
  const waitingOf = new Map<string, number>()
  /** The callers that have begun work in this pass. */
  const begun = new Set<string>()
  let passBegan: number | null = null
  let requests = 0
  let requestMs = REQUEST_MS.first

  function begin(): number {
    if (passBegan !== null) return passBegan
    passBegan = now()
    later(end)
    return passBegan
  }

  function end(): void {
    const began = passBegan ?? now()
    if (requests > 0)
      requestMs += (Math.min(REQUEST_MS.max, (now() - began) / requests) - requestMs) / SMOOTHING
    passBegan = null
    requests = 0
    begun.clear()
    if (waiting.count() === 0) return
    begin()
    for (const resume of waiting.take(TURN_MS)) resume()
  }

  function wait(caller: string, weight: number, isRequest: boolean): Promise<void> {
    begin()
    waitingOf.set(caller, (waitingOf.get(caller) ?? 0) + 1)
    return new Promise((resolve) => {
      const resume = () => {
        const left = (waitingOf.get(caller) ?? 1) - 1
        if (left === 0) waitingOf.delete(caller)
        else waitingOf.set(caller, left)
        if (isRequest) requests += 1
        begun.add(caller)
        resolve()
      }
      waiting.add({ userId: caller, keyId: '' }, resume, weight)
    })
  }

  function enter(caller: string): Promise<void> | undefined {
    const isFree = !begun.has(caller) || now() - begin() < TURN_MS
    if (!isFree || waitingOf.has(caller)) return wait(caller, requestMs, true)
    begin()
    begun.add(caller)
    requests += 1
    return undefined
  }

  return {
    enter,
    of(caller) {
      let startedAt = 0
      return {
        enter() {
          const waiting = enter(caller)
          if (waiting === undefined) startedAt = now()
          return waiting
        },
        isOver: () => now() - startedAt >= TURN_MS,
        async next() {
          await wait(caller, TURN_MS, false)
          startedAt = now()
        },
      }
    },
  }
}
