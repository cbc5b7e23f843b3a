import { openStore } from '../../src/store/open.ts'
import type { Store } from '../../src/store/store.ts'

/** A real store whose methods fail on demand, before they do anything: what a broken disk or a lost database looks like. */
export interface FaultyStore {
  store: Store
  /** Makes one method throw from now on, for as many calls as given (by default for good). */
  break(method: keyof Store, failure: { error: unknown; times?: number }): void
  /** Ends all failures. */
  repair(): void
  /** The methods that were called since the last time this was asked. */
  called(): (keyof Store)[]
}

/** Opens an empty store in memory that can be broken. */
export async function faultyStore(): Promise<FaultyStore> {
  const broken = new Map<keyof Store, { error: unknown; times: number }>()
  const calls = new Set<keyof Store>()
  const store = new Proxy(await openStore('sqlite::memory:'), {
    get(target, name: keyof Store) {
      const method: unknown = Reflect.get(target, name)
      if (typeof method !== 'function') return method
      return async (...args: unknown[]) => {
        calls.add(name)
        const failure = broken.get(name)
        if (failure !== undefined && failure.times > 0) {
          failure.times -= 1
          throw failure.error
        }
        return method.apply(target, args)
      }
    },
  })
  return {
    store,
    break: (method, { error, times = Number.POSITIVE_INFINITY }) => broken.set(method, { error, times }),
    repair: () => broken.clear(),
    called() {
      const names = [...calls]
      calls.clear()
      return names
    },
  }
}
