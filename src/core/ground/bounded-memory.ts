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

/** A place in the order of eviction. */
interface Entry<Name, Value> extends Place<Value> {
  name: Name
  older: Entry<Name, Value> | null
  newer: Entry<Name, Value> | null
}

/** The most entries that get a second chance in one eviction, so that one request does not pay for all of them. */
const CHANCES = 16

/** Builds the cache. Eviction takes the oldest entry first, but an entry that was requested meanwhile gets a second chance (the CLOCK
 * algorithm). That is nearly as good as least recently used, and a look-up moves nothing. `isTooMuch` is called after each added value,
 * and `gone` for every value that leaves, for any reason.
 *
 * The entries are linked in their order. A `Map` keeps the order as well, but to find its first entry the engine passes all those that
 * were deleted before it: with ten thousand entries an eviction took ten microseconds.
 */
export function createBoundedMemory<Name, Value>({
  isTooMuch,
  gone = () => {},
}: {
  isTooMuch: (count: number) => boolean
  gone?: (value: Value, name: Name) => void
}): BoundedMemory<Name, Value> {
  const entries = new Map<Name, Entry<Name, Value>>()
  let oldest: Entry<Name, Value> | null = null
  let newest: Entry<Name, Value> | null = null

  function link(entry: Entry<Name, Value>): void {
    entry.older = newest
    if (newest === null) oldest = entry
    else newest.newer = entry
    newest = entry
  }

  function unlink(entry: Entry<Name, Value>): void {
    const { older, newer } = entry
    if (older === null) oldest = newer
    else older.newer = newer
    if (newer === null) newest = older
    else newer.older = older
    // Otherwise an entry that nobody needs any more would keep its neighbours in memory.
    entry.older = null
    entry.newer = null
  }

  function drop(entry: Entry<Name, Value>): void {
    entries.delete(entry.name)
    unlink(entry)
    entry.stands = false
    gone(entry.value, entry.name)
  }

  function dropOne(): void {
    for (let chances = CHANCES; oldest?.wanted && chances > 0; chances -= 1) {
      const entry = oldest
      entry.wanted = false
      unlink(entry)
      link(entry)
    }
    if (oldest !== null) drop(oldest)
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
      if (known !== undefined) drop(known)
      const entry = { name, value, stands: true, wanted: false, older: null, newer: null }
      entries.set(name, entry)
      link(entry)
      while (entries.size > 0 && isTooMuch(entries.size)) dropOne()
    },
    delete(name) {
      const entry = entries.get(name)
      if (entry !== undefined) drop(entry)
    },
    count: () => entries.size,
  }
}
