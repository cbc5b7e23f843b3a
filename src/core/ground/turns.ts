/** Whose credential asked for something: work is shared out by user first, and then by the user's keys. */
export interface Caller {
  userId: string
  keyId: string
}

/**
 * A queue that serves its callers in turn. Users share what is taken evenly by weight, however much each has waiting and by
 * however many keys it came; the keys of one user take turns, and what came by one key keeps its order.
 */
export interface Turns<T> {
  /** Puts an item behind the others of its caller; null stands for the server itself, which is one more user. */
  add(caller: Caller | null, item: T, weight: number): void
  /** Takes items until their weight reaches the bound; the last may pass it. Empty only when nothing waits. */
  take(weightMax: number): T[]
  /** How many items wait. */
  count(): number
}

interface Waiting<T> {
  item: T
  weight: number
}

/** The waiting work of one user. Sets and maps keep their order of insertion, so the first entry has the next turn. */
interface Party<T> {
  byKey: Map<string, Set<Waiting<T>>>
  /** The weight that the user may still take before the next one's turn; below 0 after an item that was heavier. */
  credit: number
}

/** Builds the queue. `quantum` is the weight of one user's turn: about that of the heaviest item. */
export function createTurns<T>(quantum: number): Turns<T> {
  const parties = new Map<string, Party<T>>()
  let count = 0

  function takeFrom({ byKey }: Party<T>): Waiting<T> | undefined {
    const [first] = byKey
    if (first === undefined) return undefined
    const [keyId, line] = first
    const [next] = line
    if (next === undefined) return undefined
    line.delete(next)
    byKey.delete(keyId)
    // Behind the user's other keys, unless nothing is left.
    if (line.size > 0) byKey.set(keyId, line)
    return next
  }

  /** Serves one user for as long as its credit and the bound allow; answers the weight that was taken. */
  function serve(party: Party<T>, weightMax: number, taken: T[]): number {
    let weight = 0
    while (party.credit > 0 && weight < weightMax) {
      const next = takeFrom(party)
      if (next === undefined) break
      taken.push(next.item)
      count -= 1
      weight += next.weight
      party.credit -= next.weight
    }
    return weight
  }

  return {
    add(caller, item, weight) {
      const userId = caller?.userId ?? ''
      const party = parties.get(userId) ?? { byKey: new Map(), credit: 0 }
      parties.set(userId, party)
      const keyId = caller?.keyId ?? ''
      const line = party.byKey.get(keyId) ?? new Set()
      party.byKey.set(keyId, line.add({ item, weight }))
      count += 1
    },
    take(weightMax) {
      const taken: T[] = []
      let weight = 0
      while (weight < weightMax) {
        const [first] = parties
        if (first === undefined) break
        const [userId, party] = first
        // A turn that the bound cuts short ends here; its remaining work waits for the next turn.
        if (party.credit <= 0) party.credit += quantum
        weight += serve(party, weightMax - weight, taken)
        parties.delete(userId)
        if (party.byKey.size > 0) parties.set(userId, party)
      }
      return taken
    },
    count: () => count,
  }
}
