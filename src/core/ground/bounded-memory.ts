/** Values by name, of which only so much is kept that its owner can bear. What was asked for lately stays. */
export interface BoundedMemory<Name, Value> {
  /** The value, which then stays for longer. */
  get(name: Name): Value | undefined
  /** The value, without a say in how long it stays. */
  peek(name: Name): Value | undefined
  set(name: Name, value: Value): void
  delete(name: Name): void
  count(): number
}

interface Entry<Value> {
  value: Value
  /** Asked for since it was looked at last. */
  wanted: boolean
}

/** At most so many entries are kept for their having been asked for when one has to go: one request is not to pay for all. */
const CHANCES = 16

/**
 * Builds the memory. Those that came first go first, but what was asked for meanwhile gets a second chance: nearly as good as
 * the order of use, while a look-up moves nothing. `isTooMuch` is asked after each value that comes in, and `gone` hears of
 * every value that goes, for whatever reason.
 */
export function createBoundedMemory<Name, Value>({
  isTooMuch,
  gone = () => {},
}: {
  isTooMuch: (count: number) => boolean
  gone?: (value: Value, name: Name) => void
}): BoundedMemory<Name, Value> {
  const entries = new Map<Name, Entry<Value>>()

  function drop(name: Name, { value }: Entry<Value>): void {
    entries.delete(name)
    gone(value, name)
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
    set(name, value) {
      const known = entries.get(name)
      if (known !== undefined) drop(name, known)
      entries.set(name, { value, wanted: false })
      while (entries.size > 0 && isTooMuch(entries.size)) dropOne()
    },
    delete(name) {
      const entry = entries.get(name)
      if (entry !== undefined) drop(name, entry)
    },
    count: () => entries.size,
  }
}
