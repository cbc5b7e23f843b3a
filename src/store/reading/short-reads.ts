import { AsyncLocalStorage } from 'node:async_hooks'
import type { Caller } from '../../core/ground/turns.ts'
import { createWorkInTurns } from '../../core/ground/work-in-turns.ts'

/** The caller for whom the present work is done. */
const callers = new AsyncLocalStorage<Caller>()

/**
 * Runs the work of one caller, whose short reads then take turns with those of others. Nearly every verb of the store reads for somebody, so the
 * caller is not an argument of each: a verb that forgot it would put everybody back into one line.
 */
export function workingFor<T>(by: Caller, work: () => T): T {
  return callers.run(by, work)
}

/** Runs a short read when it is its caller's turn. All reads outside of {@link workingFor} are those of one caller. */
export type ShortReads = <T>(read: () => Promise<T>) => Promise<T>

/** Builds the turns of a database. It makes at most this many short reads at the same time, also where it could begin more that then wait. */
export function createShortReads(atOnce = 4): ShortReads {
  const inTurn = createWorkInTurns(atOnce, (begin) => begin())
  return (read) => inTurn(callers.getStore() ?? null, read)
}
