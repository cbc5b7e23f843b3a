import type { Caller } from './turns.ts'

/** A bounded number of places that callers hold for a long time, shared first among users and then among the keys of each. */
export interface FairPlaces {
  /**
   * Takes a place. When all are taken, the user with the most loses one to a caller whose user has fewer even then; when all of one user are
   * taken, its key with the most does so to a key with fewer. Null when nobody has that many more.
   */
  take(caller: Caller): HeldPlace | null
}

/** A place that a caller has. */
export interface HeldPlace {
  /** Whether somebody with fewer places has got this one. */
  isLost(): boolean
  /** Gives it back. A second call does nothing. */
  release(): void
}

type GroupOf = (caller: Caller) => string
const byUser: GroupOf = ({ userId }) => userId
const byKey: GroupOf = ({ keyId }) => keyId

/** Builds the places: so many in all, and so many for one user. */
export function createFairPlaces({ all, perUser }: { all: number; perUser: number }): FairPlaces {
  // In the order in which they were taken.
  const held = new Set<Caller>()

  /** The place that has to go so that the caller gets one; undefined when one is free, null when none has to go. */
  function inTheWayOf(caller: Caller): Caller | null | undefined {
    const everybody = [...held]
    const own = everybody.filter(({ userId }) => userId === caller.userId)
    const isUserFull = own.length >= perUser
    if (!isUserFull && everybody.length < all) return undefined
    const [places, groupOf] = isUserFull ? [own, byKey] : [everybody, byUser]
    const rivals = largestGroup(places, groupOf)
    const owned = places.filter((each) => groupOf(each) === groupOf(caller)).length
    if (rivals.length <= owned + 1) return null
    // The newest goes: a program that follows keeps its place, whatever others of the same key begin later.
    return largestGroup(rivals, byKey).at(-1) ?? null
  }

  return {
    take({ userId, keyId }) {
      const place = { userId, keyId }
      const inTheWay = inTheWayOf(place)
      if (inTheWay === null) return null
      if (inTheWay !== undefined) held.delete(inTheWay)
      held.add(place)
      return { isLost: () => !held.has(place), release: () => void held.delete(place) }
    },
  }
}

function largestGroup(places: readonly Caller[], groupOf: GroupOf): readonly Caller[] {
  let largest: readonly Caller[] = []
  for (const group of Map.groupBy(places, groupOf).values())
    if (group.length > largest.length) largest = group
  return largest
}
