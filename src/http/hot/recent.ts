/** Values that are made from something and kept while it is asked for again and again. */
export interface Recent<From, Made> {
  get(from: From): Made | undefined
  /** Keeps the value, and answers it. */
  set(from: From, made: Made): Made
}

/**
 * Builds the memory, of at most so many values. When it is full it begins anew, which costs less on the way there than telling
 * what was asked for longest ago.
 */
export function createRecent<From, Made>(max: number): Recent<From, Made> {
  const kept = new Map<From, Made>()
  return {
    get: (from) => kept.get(from),
    set(from, made) {
      if (kept.size >= max) kept.clear()
      kept.set(from, made)
      return made
    },
  }
}
