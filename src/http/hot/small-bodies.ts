/** What is done about a body, which is one of these things. */
export interface BodyReader<Result> {
  /** It is whole. */
  whole(bytes: Uint8Array): Result | Promise<Result>
  /** It takes longer than a request may. */
  late(): Result
  /** The sender went away. */
  broken(error: unknown): Result
}

/** A body that is waited for. */
interface Waiting {
  owner: string
  /** The tick of the timer in which the waiting began. */
  tick: number
  late(): void
}

/** Receives the bodies of the hot path: small ones, whose length was told. */
export interface SmallBodies {
  /**
   * What the reader makes of the body, in the turn in which its last byte is here. Null when so many are under way, of this owner or of
   * all, that the caller should be bounded by the plain path's budget.
   */
  receive<Result>(request: Request, owner: string, reader: BodyReader<Result>): Promise<Result> | null
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
      each.late()
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
    receive(request, owner, reader) {
      if (isFull(owner)) return null
      timer ??= setInterval(onTick, tickMs)
      return new Promise((resolve, reject) => {
        const each: Waiting = { owner, tick, late: () => resolve(reader.late()) }
        waiting.add(each)
        request.arrayBuffer().then(
          (bytes) => {
            // It came too late.
            if (!waiting.delete(each)) return
            try {
              resolve(reader.whole(new Uint8Array(bytes)))
            } catch (error) {
              reject(error)
            }
          },
          (error) => {
            if (waiting.delete(each)) resolve(reader.broken(error))
          },
        )
      })
    },
  }
}
