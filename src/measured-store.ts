import { readdirSync, readFileSync } from 'node:fs'
import { MAX } from './core/ground/bounds.ts'
import type { Clock, Instant } from './core/ground/clock.ts'
import { Fault } from './core/ground/faults.ts'
import type { Cursor } from './core/ground/page.ts'
import type { LedgerEntry, ThresholdCrossing } from './core/ledger/entries.ts'
import { NANO_PER_USD } from './core/money/money.ts'
import type { MeasuredStore, StoreNews } from './http/ops/store-counts.ts'
import type { Store } from './store/store.ts'

/** The same store, which reports its commits and failures. */
export function measuredStore(store: Store, news: StoreNews): Store {
  const commitLedger: Store['commitLedger'] = async (...args) => {
    const [entries] = args
    const startedAt = performance.now()
    const outcomes = await store.commitLedger(...args)
    news.committed((performance.now() - startedAt) / 1_000)
    for (const [index, entry] of entries.entries()) if (outcomes[index] === 'written') tell(entry, news)
    return outcomes
  }
  const told = { ...store, commitLedger }
  const wrapped = new Map<unknown, unknown>()
  return new Proxy(store, {
    get(_, name) {
      const verb: unknown = Reflect.get(name === 'commitLedger' ? told : store, name)
      if (typeof verb !== 'function') return verb
      const known = wrapped.get(verb) ?? failing(verb as Verb, news)
      wrapped.set(verb, known)
      return known
    },
  })
}

type Verb = (...args: unknown[]) => unknown

/** The verb, which reports failures of the database. A verb that returns without a promise still does. */
function failing(verb: Verb, news: StoreNews): Verb {
  const tellOf = (error: unknown): never => {
    if (!(error instanceof Fault)) news.failed('other')
    else if (error.code === 'store_unavailable' || error.code === 'internal') news.failed(error.code)
    throw error
  }
  return (...args) => {
    try {
      const answer = verb(...args)
      return answer instanceof Promise ? answer.catch(tellOf) : answer
    } catch (error) {
      return tellOf(error)
    }
  }
}

function tell(entry: LedgerEntry, { expired, overdrawn }: StoreNews): void {
  if (entry.kind !== 'resolution') return
  const { state, resolvedBy, settlement } = entry.resolution
  if (state === 'expired' || (state === 'settled' && resolvedBy === null)) expired()
  const overdraft = settlement?.overdraft ?? 0n
  if (overdraft > 0n) overdrawn(Number(overdraft) / Number(NANO_PER_USD))
}

const COUNTED_MAX = 10_000
const PAGES_MAX = 10
const READ_ANEW_MS = 60_000

/** Reads the figures of a store for the metrics. */
export function storeReads(store: Store, clock: Clock): MeasuredStore {
  let since: Instant = clock.now()
  let after: Cursor | null = null
  // A crossing may be written slightly later than its time, so the last minute is read again each time.
  let seen = new Map<string, Instant>()

  async function newCrossings(): Promise<ThresholdCrossing[]> {
    const found: ThresholdCrossing[] = []
    for (let pages = 0; pages < PAGES_MAX; pages += 1) {
      const page = await store.listAllCrossings({
        since,
        limit: MAX.pageSize,
        ...(after !== null && { after }),
      })
      for (const crossing of page.rows) {
        const { account, window, start, percent, at } = crossing
        const name = `${account.id} ${window} ${start} ${percent}`
        if (!seen.has(name)) found.push(crossing)
        seen.set(name, at)
      }
      after = page.next
      if (after === null) break
    }
    if (after === null) {
      since = Math.max(since, clock.now() - READ_ANEW_MS)
      seen = new Map([...seen].filter(([, at]) => at >= since))
    }
    return found
  }

  return { openReservations: () => store.countOpen(clock.now(), COUNTED_MAX), newCrossings }
}

/** The number of files and sockets that the process has open, and its maximum; null where the system does not report them. */
export function openFiles(): { open: number; most: number | null } | null {
  try {
    const [, most] = /^Max open files +(\d+)/m.exec(readFileSync('/proc/self/limits', 'utf8')) ?? []
    // Reading the folder opens one itself.
    return { open: readdirSync('/proc/self/fd').length - 1, most: most === undefined ? null : Number(most) }
  } catch {
    return null
  }
}
