/** The body that did not come in time. */
export const LATE = Symbol('late')

/** A body that is waited for. */
interface Waiting {
  owner: string
  /** The tick of the timer in which the waiting began. */
  tick: number
  settle(bytes: Uint8Array | typeof LATE): void
  fail(error: unknown): void
}

/** Receives the bodies of the hot path: small ones, whose length was told. */
export interface SmallBodies {
  /**
   * The whole body, or {@link LATE} when it takes longer than a request may. Null when so many are under way, of this owner or of
   * all, that the caller should be bounded by the plain path's budget. Fails when the sender goes away.
   */
  receive(request: Request, owner: string): Promise<Uint8Array | typeof LATE> | null
}

/** Bodies under way, of all and of one credential. Nearly all come together with their headers, so few ever are. */
const UNDER_WAY_MAX = { each: 64, together: 1_024 }
const TICK_MS_MAX = 250
const TICKS = 8

/** Builds the receiver. One timer serves all bodies, and runs only while there are some: setting one for each would cost more. */
export function createSmallBodies(timeoutMs: number): SmallBodies {
  const waiting = new Set<Waiting>()
  const tickMs = Math.max(1, Math.min(TICK_MS_MAX, Math.ceil(timeoutMs / TICKS)))
  const ticksMax = Math.ceil(timeoutMs / tickMs)
  let tick = 0
  let timer: ReturnType<typeof setInterval> | null = null

  function onTick(): void {
    tick += 1
    for (const each of waiting) {
      // The first tick may come at once after the body began.
      if (tick - each.tick <= ticksMax) return
      waiting.delete(each)
      each.settle(LATE)
    }
    if (waiting.size > 0 || timer === null) return
    clearInterval(timer)
    timer = null
  }

  function isFull(owner: string): boolean {
    if (waiting.size < UNDER_WAY_MAX.each) return false
    if (waiting.size >= UNDER_WAY_MAX.together) return true
    let own = 0
    for (const each of waiting) if (each.owner === owner) own += 1
    return own >= UNDER_WAY_MAX.each
  }

  return {
    receive(request, owner) {
      if (isFull(owner)) return null
      timer ??= setInterval(onTick, tickMs)
      return new Promise((settle, fail) => {
        const each: Waiting = { owner, tick, settle, fail }
        waiting.add(each)
        request.arrayBuffer().then(
          (bytes) => {
            waiting.delete(each)
            settle(new Uint8Array(bytes))
          },
          (error) => {
            waiting.delete(each)
            fail(error)
          },
        )
      })
    },
  }
}
