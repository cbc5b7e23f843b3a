import { openStore } from '../../src/store/open.ts'
import type { Store } from '../../src/store/store.ts'

/** How a method fails. */
export interface Failure {
  error: unknown
  /** The number of calls that fail; all when absent. */
  times?: number
  /** Whether the work is done all the same, as when a connection breaks during the commit. */
  afterWork?: boolean
}

/** A call that waits, before it does anything or when its work is done. */
export interface HeldCall {
  /** Resolves when a call has arrived. */
  reached: Promise<void>
  /** Lets the call continue. */
  open(): void
}

/** A real store that fails and waits on demand, like a broken disk, a lost connection or a slow database. */
export interface FaultyStore {
  store: Store
  /** Makes one method throw from now on. */
  break(method: keyof Store, failure: Failure): void
  /** Holds the next call of a method until it is released, before its work or after it. */
  hold(method: keyof Store, when?: { afterWork: boolean }): HeldCall
  /** Ends all failures. */
  repair(): void
  /** The methods that were called since the last question. */
  called(): (keyof Store)[]
}

/** Opens a store that can be broken; an empty one in memory when no address is given. */
export async function faultyStore(url = 'sqlite::memory:'): Promise<FaultyStore> {
  const broken = new Map<keyof Store, Failure & { times: number }>()
  const held = new Map<keyof Store, { reach: () => void; opened: Promise<void>; afterWork: boolean }>()
  const calls = new Set<keyof Store>()
  const store = new Proxy(await openStore(url), {
    get(target, name: keyof Store) {
      const method: unknown = Reflect.get(target, name)
      if (typeof method !== 'function') return method
      return async (...args: unknown[]) => {
        calls.add(name)
        const hold = held.get(name)
        held.delete(name)
        if (hold?.afterWork) {
          const done: unknown = await method.apply(target, args)
          hold.reach()
          await hold.opened
          return done
        }
        hold?.reach()
        await hold?.opened
        const failure = broken.get(name)
        if (failure === undefined || failure.times <= 0) return method.apply(target, args)
        failure.times -= 1
        if (failure.afterWork) await method.apply(target, args)
        throw failure.error
      }
    },
  })
  return {
    store,
    break: (method, { times = Number.POSITIVE_INFINITY, ...failure }) =>
      broken.set(method, { times, ...failure }),
    hold(method, { afterWork } = { afterWork: false }) {
      const reached = Promise.withResolvers<void>()
      const opened = Promise.withResolvers<void>()
      held.set(method, { reach: reached.resolve, opened: opened.promise, afterWork })
      return { reached: reached.promise, open: opened.resolve }
    },
    repair: () => broken.clear(),
    called() {
      const names = [...calls]
      calls.clear()
      return names
    },
  }
}
