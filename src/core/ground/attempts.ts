import { Fault } from './faults.ts'

/** One attempt to decide in one turn of the event loop: the decision, or undefined when something has to be read first. */
export type Attempt<T> = { decided: T } | undefined

/** Wraps a decision, which may itself be null or a promise. */
export function decided<T>(value: T): { decided: T } {
  return { decided: value }
}

/**
 * Reads what is missing, then decides. An attempt either decides at once by what memory holds, or reads something and is made again;
 * it may also decide after reading. Throws `store_unavailable` when something is still missing after the last round: then the facts
 * change faster than they can be read.
 */
export async function untilDecided<T>(
  attempt: () => Attempt<T> | Promise<Attempt<T>>,
  roundsMax = ROUNDS_MAX,
): Promise<T> {
  for (let round = 0; round < roundsMax; round += 1) {
    const made = attempt()
    const done = made instanceof Promise ? await made : made
    if (done !== undefined) return done.decided
  }
  throw new Fault('store_unavailable', { internal: 'the facts of a decision kept changing' })
}

/** Each round reads one thing that memory lacked. There are about six: the caller, the facts, three accounts and the rates. */
export const ROUNDS_MAX = 32
