/** What happens with a body: exactly one of these is called. */
export interface BodyReader<Result> {
  /** The body is complete. */
  whole(bytes: Uint8Array): Result | Promise<Result>
  /** The body takes longer than a request may take. */
  late(): Result
  /** The sender went away. */
  broken(error: unknown): Result
}

/** A body that has still to arrive. */
interface Waiting {
  owner: string
  /** The tick of the timer at which the waiting began. */
  tick: number
  late(): void
}

/** Receives the bodies of the hot path: small ones with a declared length. */
export interface SmallBodies {
  /**
   * The reader's result for the body, in the turn of the event loop in which its last byte arrives. Null when this owner, or all
   * callers together, have so many bodies on their way that the plain path's budget should decide.
   */
  receive<Result>(request: Request, owner: string, reader: BodyReader<Result>): Promise<Result> | null
}

/** How many bodies may be on their way, per credential and in all. Nearly every body arrives together with its headers, so they are few. */
const UNDER_WAY_MAX = { each: 64, together: 1_024 }
const TICK_MS_MAX = 250
const TICKS = 8

/** Builds the receiver. One timer serves all bodies, and runs only while there are some; a timer for each would cost more. */
export function createSmallBodies(timeoutMs: number): SmallBodies {
  const waiting = createSlots<Waiting>()
  const tickMs = Math.max(1, Math.min(TICK_MS_MAX, Math.ceil(timeoutMs / TICKS)))
  const ticksMax = Math.ceil(timeoutMs / tickMs)
  let tick = 0
  let timer: ReturnType<typeof setInterval> | null = null

  function onTick(): void {
    tick += 1
    waiting.forEach((each, slot) => {
      // The first tick may come right after the body began.
      if (tick - each.tick <= ticksMax) return
      waiting.empty(slot, each)
      each.late()
    })
    if (waiting.count() > 0 || timer === null) return
    clearInterval(timer)
    timer = null
  }

  function isFull(owner: string): boolean {
    if (waiting.count() < UNDER_WAY_MAX.each) return false
    if (waiting.count() >= UNDER_WAY_MAX.together) return true
    let own = 0
    waiting.forEach((each) => {
      if (each.owner === owner) own += 1
    })
    return own >= UNDER_WAY_MAX.each
  }

  return {
    receive(request, owner, reader) {
      if (isFull(owner)) return null
      timer ??= setInterval(onTick, tickMs)
      return new Promise((resolve, reject) => {
        const each: Waiting = { owner, tick, late: () => resolve(reader.late()) }
        const slot = waiting.fill(each)
        request.arrayBuffer().then(
          (bytes) => {
            // The body came too late.
            if (!waiting.empty(slot, each)) return
            try {
              resolve(reader.whole(new Uint8Array(bytes)))
            } catch (error) {
              reject(error)
            }
          },
          (error) => {
            if (waiting.empty(slot, each)) resolve(reader.broken(error))
          },
        )
      })
    },
  }
}

/** Items in numbered slots. */
interface Slots<Item> {
  /** Puts the item into an empty slot. */
  fill(item: Item): number
  /** Takes the item out; false when it is not in the slot any more. */
  empty(slot: number, item: Item): boolean
  count(): number
  forEach(visit: (item: Item, slot: number) => void): void
}

/**
 * Builds the slots. A `Set` would do the same, but the engine's keeps what was taken out of it until a full collection of garbage: then each
 * verify leaves 2 KB that every smaller collection copies on, and costs a tenth more.
 */
function createSlots<Item>(): Slots<Item> {
  const items: (Item | null)[] = []
  const free: number[] = []
  return {
    fill(item) {
      const slot = free.pop() ?? items.length
      items[slot] = item
      return slot
    },
    empty(slot, item) {
      if (items[slot] !== item) return false
      items[slot] = null
      free.push(slot)
      return true
    },
    count: () => items.length - free.length,
    forEach(visit) {
      for (const [slot, item] of items.entries()) if (item !== null) visit(item, slot)
    },
  }
}
