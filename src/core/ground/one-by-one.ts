// Tests: src/core/ground/one-by-one.test.ts

/**
 * Runs work under one name after the previous work of that name, whether or not that succeeded. However many wait, the end of one wakes
 * only the next.
 */
export type OneByOne = <T>(name: string, work: () => Promise<T>) => Promise<T>

/** Builds it, with nothing running. */
export function createOneByOne(): OneByOne {
  const last = new Map<string, Promise<unknown>>()
  return (name, work) => {
    const before = last.get(name)
    const running = before === undefined ? work() : before.then(work, work)
    last.set(name, running)
    const forget = () => {
      if (last.get(name) === running) last.delete(name)
    }
    running.then(forget, forget)
    return running
  }
}
