/**
 * Does work whose result many want, without doing it for each of them: whoever asks before it begins shares its result, and it is never done
 * twice at the same time. Nobody gets a result from before the question. After each time it `rests`.
 */
export function createSharedWork<T>(
  work: () => Promise<T>,
  rest: () => Promise<void> = async () => {},
): () => Promise<T> {
  let next: Promise<T> | null = null
  let before: Promise<void> = Promise.resolve()

  function begin(): Promise<T> {
    next = null
    return work()
  }

  return () => {
    if (next === null) {
      next = before.then(begin)
      before = next.then(rest, rest)
    }
    return next
  }
}
