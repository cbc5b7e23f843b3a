import type { KeyStore } from '../../store/keys.ts'
import { MAX } from '../ground/bounds.ts'
import type { Instant } from '../ground/clock.ts'
import type { KeyId } from '../types.ts'
import type { KeyUse } from './key-facts.ts'
import type { WithoutWrites } from './record-writes.ts'

/** Collects the uses of keys, so that a verify writes nothing. */
export interface LastUsed {
  /** Notes one use; costs no more than a map entry. */
  note(id: KeyId, at: Instant): void
  /** The same for callers that keep the result of the last call for this key: then it is an addition. */
  noteAgain(id: KeyId, at: Instant, last: NotedUse | null): NotedUse
  /** Notes that a holder read its key: the time of the last use changes, the count of uses does not. */
  noteLook(id: KeyId, at: Instant): void
  /** The latest use that is not written yet; null for none. */
  noted(id: KeyId): Instant | null
  /**
   * Writes all pending uses while they belong to few keys. Of many keys it writes those that were not written lately, and every tenth
   * time all: otherwise thousands of keys in steady use would be written each time, which costs more than their requests.
   */
  flushNew(): Promise<void>
  /** Writes all pending uses. Those that cannot be written are kept for the next flush. */
  flush(): Promise<void>
}

/** A use that has to be written, in the set with which it will be written. */
export interface NotedUse {
  use: KeyUse
  among: ReadonlyMap<KeyId, KeyUse>
}

/** After this many flushes of new uses all are written. */
const FLUSHES_UNTIL_ALL = 10

/** Builds the collector. Its owner calls `flushNew` at least once a second, and `flush` at shutdown. */
export function createLastUsed(store: WithoutWrites<KeyStore>, promptMax: number = MAX.promptUses): LastUsed {
  /** Uses of keys that were not written lately. */
  let fresh = new Map<KeyId, KeyUse>()
  /** Uses of keys that were. */
  let steady = new Map<KeyId, KeyUse>()
  /** Keys that were written since the last time that all were. */
  const lately = new Set<KeyId>()
  /** The uses that are being written. */
  const leaving = new Set<ReadonlyMap<KeyId, KeyUse>>()
  let flushes = 0

  /** The set to which the next use of a key belongs. */
  function placeOf(id: KeyId): Map<KeyId, KeyUse> {
    return lately.has(id) ? steady : fresh
  }

  function add({ keyId, at, count }: KeyUse): NotedUse {
    const among = placeOf(keyId)
    const known = among.get(keyId)
    if (known === undefined) {
      const use = { keyId, at, count }
      among.set(keyId, use)
      return { use, among }
    }
    addTo(known, at, count)
    return { use: known, among }
  }

  async function write(piece: KeyUse[], others: readonly KeyUse[]): Promise<void> {
    try {
      await store.recordUses(piece)
    } catch (error) {
      for (const { keyId } of [...piece, ...others]) lately.delete(keyId)
      for (const use of [...piece, ...others]) add(use)
      throw error
    }
  }

  async function writeAll(flushed: ReadonlyMap<KeyId, KeyUse>): Promise<void> {
    if (flushed.size === 0) return
    const uses = [...flushed.values()]
    leaving.add(flushed)
    try {
      // They are written in pieces, so that another writer waits for one piece at most.
      while (uses.length > 0) await write(uses.splice(0, MAX.choreRows), uses)
    } finally {
      leaving.delete(flushed)
    }
  }

  async function flush(): Promise<void> {
    const flushed = [fresh, steady]
    fresh = new Map()
    steady = new Map()
    flushes = 0
    lately.clear()
    for (const each of flushed) for (const id of each.keys()) lately.add(id)
    const written = await Promise.allSettled(flushed.map(writeAll))
    for (const each of written) if (each.status === 'rejected') throw each.reason
  }

  return {
    note(keyId, at) {
      const among = placeOf(keyId)
      const known = among.get(keyId)
      if (known === undefined) among.set(keyId, { keyId, at, count: 1 })
      else addTo(known, at, 1)
    },
    noteAgain(keyId, at, last) {
      if (last === null || (last.among !== fresh && last.among !== steady))
        return add({ keyId, at, count: 1 })
      addTo(last.use, at, 1)
      return last
    },
    noteLook: (keyId, at) => add({ keyId, at, count: 0 }),
    noted(id) {
      const times = [fresh, steady, ...leaving].flatMap((uses) => uses.get(id)?.at ?? [])
      return times.length === 0 ? null : Math.max(...times)
    },
    async flushNew() {
      flushes += 1
      const isFew = fresh.size + steady.size <= promptMax
      if (isFew || flushes >= FLUSHES_UNTIL_ALL) return flush()
      const flushed = fresh
      fresh = new Map()
      for (const id of flushed.keys()) lately.add(id)
      await writeAll(flushed)
    },
    flush,
  }
}

function addTo(use: KeyUse, at: Instant, count: number): void {
  use.at = Math.max(use.at, at)
  use.count += count
}
