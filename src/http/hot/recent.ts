/** Values that are made from something and kept while it is asked for again and again. */
export interface Recent<From, Made> {
  get(from: From): Made | undefined
  /** Keeps the value unless it is too large, and answers it. */
  set(from: From, made: Made): Made
}

/** How much is kept. */
export interface RecentBounds<From, Made> {
  /** Most values. */
  count: number
  /** Longest value: of one that is longer, making it anew is the smaller part of the work. */
  chars: number
  charsOf(from: From, made: Made): number
}

/**
 * Builds the memory. When it is full it begins anew, which costs less on the way there than telling what was asked for longest
 * ago.
 */
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
