/** The kinds of work on the writing connection, the most urgent first. */
const ERRANDS = ['change', 'ledger', 'chore'] as const
/** `change`: a change of keys, users or workspaces. `ledger`: a commit of money. `chore`: work for which nobody waits. */
export type Errand = (typeof ERRANDS)[number]

/** The right to use the one connection, which passes from one caller to the next. */
export interface Turn {
  /** Resolves when it is the caller's turn. */
  take(errand: Errand): Promise<void>
  /** Ends the caller's turn. */
  pass(): void
}

/**
 * How much more urgent work goes first while work of a kind waits; then that kind gets a turn. The work during which it arrives counts as
 * the first. So changes and money alternate under load: a commit of money waits for the rest of one change, and a revoke for the rest of
 * what runs and for one commit of money.
 */
const PASSED_OVER_MAX: Record<Errand, number> = { change: 8, ledger: 1, chore: 8 }

/**
 * Builds the turns of a connection. The most urgent work goes next, in the order of arrival within one kind. No kind waits for ever,
 * so a stream of changes cannot stop the metering.
 */
export function createTurn(): Turn {
  const waiting: Record<Errand, (() => void)[]> = { change: [], ledger: [], chore: [] }
  const passedOver: Record<Errand, number> = { change: 0, ledger: 0, chore: 0 }
  /** What runs now. */
  let running: Errand | null = null

  function next(): (() => void) | undefined {
    const wanted = ERRANDS.filter((errand) => waiting[errand].length > 0)
    const chosen = wanted.find((errand) => passedOver[errand] >= PASSED_OVER_MAX[errand]) ?? wanted[0]
    if (chosen === undefined) return undefined
    for (const errand of wanted) passedOver[errand] = errand === chosen ? 0 : passedOver[errand] + 1
    running = chosen
    return waiting[chosen].shift()
  }

  return {
    take(errand) {
      if (running === null) {
        running = errand
        return Promise.resolve()
      }
      if (waiting[errand].length === 0) passedOver[errand] = isMoreUrgent(running, errand) ? 1 : 0
      return new Promise((resolve) => waiting[errand].push(resolve))
    },
    pass() {
      if (ERRANDS.every((errand) => waiting[errand].length === 0)) {
        running = null
        return
      }
      // The engine never yields by itself, so without this pause a queue of transactions would block the event loop. The next caller
      // is chosen after the pause, because more urgent work may have arrived.
      setImmediate(() => next()?.())
    },
  }
}

function isMoreUrgent(errand: Errand, than: Errand): boolean {
  return ERRANDS.indexOf(errand) < ERRANDS.indexOf(than)
}
