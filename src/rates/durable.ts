import { LRUCache } from 'lru-cache'
import { MAX } from '../core/ground/bounds.ts'
import type { Clock, Instant } from '../core/ground/clock.ts'
import type { KeyId } from '../core/types.ts'
import type {
  RateDemand,
  RateLimiter,
  RateOffer,
  RateTaking,
  StoredBucket,
  StoredRate,
} from '../core/verify/rates.ts'
import type { RateStore } from '../store/rates.ts'
import {
  type Bucket,
  type Cell,
  cellName,
  createCells,
  rateNameIn,
  unitMs,
  wholeAt as wholeAgain,
} from './cells.ts'
import { memoryRateLimiter, nameOfDemand } from './memory.ts'

/**
 * Rate limits of keys whose longer windows survive a restart. Decisions are made in memory. A limit with a window of {@link
 * MAX.durableRateMsMin} or more is read from the store when its key is first used, and written by `flush`; a process that is killed loses
 * the uses since the last flush. Limits with shorter windows start full.
 */
export function durableRateLimiter({
  store,
  clock,
  keysMax = MAX.ratedKeysInMemory,
}: {
  store: RateStore
  clock: Clock
  keysMax?: number
}): RateLimiter {
  const cells = createCells()
  const memory = memoryRateLimiter(clock, cells)
  const loading = new Map<KeyId, Promise<void>>()
  const changed = new Map<string, { keyId: KeyId; name: string }>()
  /** Keys whose stored limits memory holds, with the names of their cells. */
  const loaded = new LRUCache<KeyId, Set<string>>({ max: keysMax, dispose: forget })

  function forget(names: Set<string>): void {
    // A limit that is not written yet stays in memory: reading it again would lose the uses since then.
    for (const id of names) if (!changed.has(id)) cells.drop(id)
  }

  /** Drops a limit that had to stay only until it was written. */
  function forgetWritten(id: string, keyId: KeyId): void {
    if (!loaded.has(keyId) && !loading.has(keyId) && !changed.has(id)) cells.drop(id)
  }

  /** Removes and returns those that have waited longest to be written. */
  function takeChanged(count: number): typeof changed {
    const taken: typeof changed = new Map()
    for (const [id, rate] of changed) {
      if (taken.size === count) break
      taken.set(id, rate)
      changed.delete(id)
    }
    return taken
  }

  function isKnown(demands: readonly RateDemand[]): boolean {
    let known: KeyId | null = null
    for (const demand of demands) {
      if (!outlives(demand) || demand.subject === known) continue
      known = keyOf(demand)
      if (loaded.get(known) === undefined) return false
    }
    return true
  }

  /** Marks the limits of these demands as to be written. */
  function note(demands: readonly RateDemand[]): void {
    for (const demand of demands) {
      if (!outlives(demand) || demand.cost === 0) continue
      const keyId = keyOf(demand)
      const { name } = demand.rate
      const id = nameOfDemand(demand)
      const names = loaded.peek(keyId)
      names?.add(id)
      if (!changed.has(id)) changed.set(id, { keyId, name })
      if (names !== undefined && names.size > MAX.ratesKept) forgetDropped(keyId, names)
    }
  }

  /** Has those written as unused that memory has dropped, so that they are deleted. */
  function forgetDropped(keyId: KeyId, names: Set<string>): void {
    for (const id of names) {
      if (cells.has(id)) continue
      names.delete(id)
      changed.set(id, { keyId, name: rateNameIn(id) })
    }
  }

  function read(keyId: KeyId): Promise<void> {
    const running = loading.get(keyId)
    if (running !== undefined) return running
    // One read of a key at a time, so that a slow one cannot overwrite newer state.
    const started = store
      .readRates(keyId)
      .then((rates) => {
        const names = new Set<string>()
        for (const rate of rates) {
          const id = cellName(keyId, rate.name)
          names.add(id)
          if (!cells.has(id)) cells.keep(id, cellFrom(rate, clock.now()))
        }
        loaded.set(keyId, names)
      })
      .finally(() => loading.delete(keyId))
    loading.set(keyId, started)
    return started
  }

  function storedOf({ keyId, name }: { keyId: KeyId; name: string }): StoredRate {
    const cell = cells.get(cellName(keyId, name))
    // A dropped cell had no used units.
    if (cell === undefined) return { keyId, name, limit: 1, windowMs: 1, wholeAt: 0, beforeCut: null }
    const beforeCut = cell.beforeCut === undefined ? null : storedBucket(cell.beforeCut)
    return { keyId, name, ...storedBucket(cell), beforeCut }
  }

  async function load(demands: readonly RateDemand[]): Promise<void> {
    const wanted = demands.filter(outlives).map(keyOf)
    await Promise.all([...new Set(wanted)].filter((keyId) => !loaded.has(keyId)).map(read))
  }

  return {
    peek(demands, now): RateOffer | null {
      if (!isKnown(demands)) return null
      const offer = memory.peek(demands, now)
      if (!offer.allowed || !anyOutlives(demands)) return offer
      return {
        ...offer,
        take() {
          offer.take()
          note(demands)
        },
      }
    },
    take(demands): RateTaking | null {
      if (!isKnown(demands)) return null
      const taking = memory.take(demands)
      if (!taking.allowed) return taking
      note(demands)
      const { giveBack } = taking
      return {
        ...taking,
        giveBack() {
          giveBack()
          // A cell that memory has dropped is on disk already; noting it would write it as unused.
          note(demands.filter((demand) => cells.has(nameOfDemand(demand))))
        },
      }
    },
    async look(demands) {
      if (!isKnown(demands)) await load(demands)
      return memory.look(demands)
    },
    load,
    async flush() {
      // In pieces, because others wait while one is prepared. What changes again meanwhile is left to the next flush.
      for (let left = changed.size; left > 0; left -= MAX.choreRows) {
        const writing = takeChanged(Math.min(left, MAX.choreRows))
        try {
          await store.writeRates([...writing.values()].map(storedOf))
        } catch (error) {
          for (const [id, rate] of writing) if (!changed.has(id)) changed.set(id, rate)
          throw error
        }
        for (const [id, { keyId }] of writing) forgetWritten(id, keyId)
      }
    },
    forgetWhole: () => store.forgetRates(clock.now(), MAX.choreRows),
  }
}

function cellFrom({ beforeCut, ...rate }: StoredRate, now: Instant): Cell {
  const bucket = bucketFrom(rate, now)
  return beforeCut === null ? bucket : { ...bucket, beforeCut: bucketFrom(beforeCut, now) }
}

function bucketFrom({ wholeAt, limit, windowMs }: StoredBucket, at: Instant): Bucket {
  const used = Math.max(0, wholeAt - at) / unitMs({ limit, windowMs })
  // Where the clock was set back, at most the whole limit counts as used.
  return { limit, windowMs, at, used: Math.min(used, limit) }
}

function storedBucket(bucket: Bucket): StoredBucket {
  const { limit, windowMs } = bucket
  return { limit, windowMs, wholeAt: Math.max(0, Math.ceil(wholeAgain(bucket))) }
}

function outlives({ rate }: RateDemand): boolean {
  return rate.windowMs >= MAX.durableRateMsMin
}

function anyOutlives(demands: readonly RateDemand[]): boolean {
  for (const demand of demands) if (outlives(demand)) return true
  return false
}

function keyOf({ subject }: RateDemand): KeyId {
  return subject as KeyId
}
