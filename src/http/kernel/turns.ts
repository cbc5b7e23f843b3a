import { createTurns } from '../../core/ground/turns.ts'

/** How long one caller may hold the event loop before others get their turn: with the long work of one request, or with many requests. */
const TURN_MS = 1
/**
 * The part of the time between two passes that waiting requests get, and the most that they get. What the server does outside of turns (it accepts
 * connections, and parses what arrives) can make a pass long. With one turn in each pass, those who wait would then wait for hundreds of such passes.
 */
const SHARE = { part: 1 / 4, maxMs: 10 }
/** The assumed cost of a request until some have been measured; also the maximum, because a pass may be long for other reasons. */
const REQUEST_MS = { first: 0.2, max: 0.5 }
/** The average moves by this part of the difference with each new measurement: a sixteenth. */
const SMOOTHING = 16

/** A request whose body may still be on its way. */
export interface Arriving {
  /**
   * Whether much of its body has still to arrive. The server receives a body while its request waits, so such a request waits for the
   * next pass at most, which comes before anything else is received. Asked only where the request would have to wait.
   */
  isMuchToCome(): boolean
}

const ARRIVED: Arriving = { isMuchToCome: () => false }

/** The turns of one request at the event loop. */
export interface Turns {
  /** Begins the request. Undefined when it may go on at once; that costs almost nothing. */
  enter(request?: Arriving): Promise<void> | undefined
  /** Whether this caller has held the loop for long enough. */
  isOver(): boolean
  /** Waits for the caller's next turn; the work after it may take as long as one turn. */
  next(): Promise<void>
}

/** Shares the event loop among callers: a caller with little work is served at once, and a flood delays only its own caller. */
export interface LoopTurns {
  /** The turns of a request of this caller: a user, or a key that is judged. */
  of(caller: string): Turns
  /** Begins a request that is too short to need more turns; see {@link Turns.enter}. */
  enter(caller: string, request?: Arriving): Promise<void> | undefined
  /**
   * The turns of a request without a known credential. All strangers are one caller, because invented credentials and addresses
   * cost nothing; the addresses take turns among themselves. An address is that of {@link addressGroup}.
   */
  ofStranger(address: string): Turns
  /** Begins such a request that is too short to ask for more turns. */
  enterStranger(address: string, request?: Arriving): Promise<void> | undefined
}

/** All who have no known credential, as one caller. No user has this id. */
const STRANGERS = 'strangers'

/**
 * Builds the turns of an event loop. In one pass of the loop a caller may begin requests until the pass has taken as long as one turn.
 * Further requests wait, and each later pass begins as many as fit into one turn, one caller after another, or into a part of the time since the last
 * pass if that took long. So a pass is short however many requests one caller sends, and another caller's first request begins in the pass in which it
 * arrives.
 *
 * The server accepts connections until none is waiting, and all of that is one pass. A refusal that closes its connection lets the sender
 * open the next one, so a pass in which all refusals were answered would not end while somebody connects as fast as it refuses.
 */
export function createLoopTurns(
  now: () => number = () => performance.now(),
  later: (pass: () => void) => unknown = setImmediate,
): LoopTurns {
  const waiting = createTurns<() => void>()
  /** Strangers wait by themselves: they get one caller's part of a turn, and no part of a long pass. */
  const strangers = createTurns<() => void>()
  const waitingOf = new Map<string, number>()
  /** The requests that begin in the next pass, whatever they cost. */
  let soon: (() => void)[] = []
  /** The callers that have begun work in this pass. */
  const begun = new Set<string>()
  let passBegan: number | null = null
  /** Whether somebody waited when the last pass ended. */
  let goesOn = false
  /** When the work of those whom the last pass resumed was done, if somebody waited before it, too. */
  let outsideSince: number | null = null
  let requests = 0
  let requestMs = REQUEST_MS.first

  function begin(): number {
    if (passBegan !== null) return passBegan
    passBegan = now()
    later(end)
    return passBegan
  }

  function end(): void {
    const at = now()
    const began = passBegan ?? at
    const shared = outsideSince === null ? 0 : (at - outsideSince) * SHARE.part
    if (requests > 0) requestMs += (Math.min(REQUEST_MS.max, (at - began) / requests) - requestMs) / SMOOTHING
    passBegan = null
    outsideSince = null
    requests = 0
    begun.clear()
    goesOn = waitingOf.size > 0 || soon.length > 0
    if (!goesOn) return
    begin()
    // This runs in the next pass, after what that one resumes, which is not outside of turns.
    later(noteOutside)
    const due = soon
    soon = []
    for (const resume of due) resume()
    // Both are taken before anybody goes on, so that who waits anew waits for a later pass.
    const ofStrangers = strangers.count() === 0 ? 0 : TURN_MS / (1 + waiting.users())
    const others = waiting.take(Math.max(TURN_MS - ofStrangers, Math.min(shared, SHARE.maxMs)))
    for (const resume of [...others, ...strangers.take(ofStrangers)]) resume()
  }

  function noteOutside(): void {
    if (goesOn) outsideSince = now()
  }

  function wait({ caller, member }: Place, weight: number, isRequest: boolean): Promise<void> {
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
      const queue = caller === STRANGERS ? strangers : waiting
      queue.add({ userId: caller, keyId: member }, resume, weight)
    })
  }

  function isFree(caller: string): boolean {
    return !begun.has(caller) || now() - begin() < TURN_MS
  }

  function start(caller: string): void {
    begin()
    begun.add(caller)
    requests += 1
  }

  function enter(place: Place, request: Arriving = ARRIVED): Promise<void> | undefined {
    const { caller } = place
    const mayBegin = isFree(caller)
    const isNext = mayBegin && !waitingOf.has(caller)
    if (!isNext && !request.isMuchToCome()) return wait(place, requestMs, true)
    if (!mayBegin) return untilNextPass(caller)
    start(caller)
    return undefined
  }

  function untilNextPass(caller: string): Promise<void> {
    begin()
    return new Promise((resolve) => {
      soon.push(() => {
        start(caller)
        resolve()
      })
    })
  }

  function turnsOf(caller: string, member = ''): Turns {
    let startedAt = 0
    return {
      enter(request) {
        const waiting = enter({ caller, member }, request)
        if (waiting === undefined) startedAt = now()
        return waiting
      },
      isOver: () => now() - startedAt >= TURN_MS,
      async next() {
        await wait({ caller, member }, TURN_MS, false)
        startedAt = now()
      },
    }
  }

  return {
    enter: (caller, request) => enter({ caller, member: '' }, request),
    of: (caller) => turnsOf(caller),
    enterStranger: (address, request) => enter({ caller: STRANGERS, member: address }, request),
    ofStranger: (address) => turnsOf(STRANGERS, address),
  }
}

/** Whose turn it is: a caller, and within it one of those that share its turns. */
interface Place {
  caller: string
  member: string
}
