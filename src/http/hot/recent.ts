/** Values that are costly to make, kept while they are used again and again. */
export interface Recent<From, Made> {
  get(from: From): Made | undefined
  /** Keeps the value unless it is too large, and returns it. */
  set(from: From, made: Made): Made
}

/** How much is kept. */
export interface RecentBounds<From, Made> {
  /** The maximum of values. */
  count: number
  /** The longest value that is kept. For a longer one, making it is the smaller part of the work. */
  chars: number
  charsOf(from: From, made: Made): number
}

/** Builds the memory. When it is full it is emptied: that costs less per value than tracking which one was used longest ago. */
export function createRecent<From, Made>({
  count,
  chars,
  charsOf,
}: RecentBounds<From, Made>): Recent<From, Made> {
  const kept = new Map<From, Made>()
  return {
    get: (from) => kept.get(from),
    set(from, made) {
      if (charsOf(from, made) > chars) return made
      if (kept.size >= count) kept.clear()
      kept.set(from, made)
      return made
    },
  }
}
