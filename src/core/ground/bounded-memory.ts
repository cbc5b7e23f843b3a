/** A bounded cache of values by name. Eviction prefers values that were not requested lately. */
export interface BoundedMemory<Name, Value> {
  /** The value, which then stays for longer. */
  get(name: Name): Value | undefined
  /** The value; this use does not make it stay longer. */
  peek(name: Name): Value | undefined
  /**
   * The value with its place in memory, for callers that use it so often that a look-up would cost too much. This use does not make it
   * stay longer.
   */
  placeOf(name: Name): Place<Value> | undefined
  set(name: Name, value: Value): void
  delete(name: Name): void
  count(): number
}

/** A value in memory. */
export interface Place<Value> {
  readonly value: Value
  /** False once the value has left memory, for any reason; then it must not be used. */
  stands: boolean
  /** True when it was used since eviction last considered it. Set by callers that use the value without a look-up. */
  wanted: boolean
}

/** The most entries that get a second chance in one eviction, so that one request does not pay for all of them. */
const CHANCES = 16

/** Builds the cache. Eviction takes the oldest entry first, but an entry that was requested meanwhile gets a second chance (the CLOCK
 * algorithm). That is nearly as good as least recently used, and a look-up moves nothing. `isTooMuch` is called after each added value,
 * and `gone` for every value that leaves, for any reason.
 */
export function createBoundedMemory<Name, Value>({
  isTooMuch,
  gone = () => {},
}: {
  isTooMuch: (count: number) => boolean
  gone?: (value: Value, name: Name) => void
}): BoundedMemory<Name, Value> {
  const entries = new Map<Name, Place<Value>>()

  function drop(name: Name, place: Place<Value>): void {
    entries.delete(name)
    place.stands = false
    gone(place.value, name)
  }

  function dropOne(): void {
    let chances = CHANCES
    for (const [name, entry] of entries) {
      if (!entry.wanted || chances === 0) {
        drop(name, entry)
        return
      }
      chances -= 1
      entry.wanted = false
      entries.delete(name)
      entries.set(name, entry)
    }
  }

  return {
    get(name) {
      const entry = entries.get(name)
      if (entry === undefined) return undefined
      entry.wanted = true
      return entry.value
    },
    peek: (name) => entries.get(name)?.value,
    placeOf: (name) => entries.get(name),
    set(name, value) {
      const known = entries.get(name)
      if (known !== undefined) drop(name, known)
      entries.set(name, { value, stands: true, wanted: false })
      while (entries.size > 0 && isTooMuch(entries.size)) dropOne()
    },
    delete(name) {
      const entry = entries.get(name)
      if (entry !== undefined) drop(name, entry)
    },
    count: () => entries.size,
  }
}
