/** Pseudorandom numbers, which are the same for the same seed. */
export interface Dice {
  /** From `low` up to, but not including, `high`. */
  between(low: number, high: number): number
  /** True with this probability. */
  chance(probability: number): boolean
  pick<T>(from: readonly T[]): T
}

/** Builds dice whose throws depend on the seed alone, so that a history can be repeated. */
export function diceOf(seed: number): Dice {
  let state = seed >>> 0
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
  return {
    between: (low, high) => low + next() * (high - low),
    chance: (probability) => next() < probability,
    pick: (from) => from[Math.floor(next() * from.length)] as (typeof from)[number],
  }
}

/** The events of a virtual time, which only events advance. */
export interface Timeline {
  nowMs(): number
  after(delayMs: number, event: () => void): void
  /** Runs events in the order of their time until none is left before the end. */
  run(untilMs: number): void
}

/** Builds a timeline without events, at instant 0. */
export function createTimeline(): Timeline {
  const heap: { atMs: number; order: number; event: () => void }[] = []
  let now = 0
  let order = 0
  const before = (a: number, b: number) => {
    const [left, right] = [heap[a], heap[b]]
    if (left === undefined || right === undefined) return false
    return left.atMs < right.atMs || (left.atMs === right.atMs && left.order < right.order)
  }
  const swap = (a: number, b: number) => {
    const [left, right] = [heap[a], heap[b]]
    if (left === undefined || right === undefined) return
    heap[a] = right
    heap[b] = left
  }
  return {
    nowMs: () => now,
    after(delayMs, event) {
      heap.push({ atMs: now + delayMs, order: order++, event })
      for (let at = heap.length - 1; at > 0 && before(at, (at - 1) >> 1); at = (at - 1) >> 1)
        swap(at, (at - 1) >> 1)
    },
    run(untilMs) {
      for (;;) {
        const first = heap[0]
        if (first === undefined || first.atMs > untilMs) return
        swap(0, heap.length - 1)
        heap.pop()
        for (let at = 0; ; ) {
          const child = before(2 * at + 2, 2 * at + 1) ? 2 * at + 2 : 2 * at + 1
          if (!before(child, at)) break
          swap(child, at)
          at = child
        }
        now = first.atMs
        first.event()
      }
    },
  }
}
