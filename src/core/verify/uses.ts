// Tests: src/housekeeping.test.ts, test/wire/native/revoke-keys.test.ts
import type { KeyStore } from '../../store/keys.ts'
import { MAX } from '../ground/bounds.ts'
import type { Instant } from '../ground/clock.ts'
import type { KeyId } from '../types.ts'
import type { KeyUse } from './key-facts.ts'
import type { WithoutWrites } from './record-writes.ts'

/** Gathers when keys were used, so that a verify writes nothing. */
export interface LastUsed {
  /** Notes one use; costs no more than a map entry. */
  note(id: KeyId, at: Instant): void
  /** The same for whoever keeps what it answered the last time for this key: then it is an addition. */
  noteAgain(id: KeyId, at: Instant, last: NotedUse | null): NotedUse
  /** Notes that a holder read its key: the time of the last use moves, the count of uses does not. */
  noteLook(id: KeyId, at: Instant): void
  /** The latest use that is not written yet; null without one. */
  noted(id: KeyId): Instant | null
  /** Writes the pending uses. Those that cannot be written are kept for the next flush. */
  flush(): Promise<void>
}

/** A use that waits to be written, among the others that will be written with it. */
export interface NotedUse {
  use: KeyUse
  among: ReadonlyMap<KeyId, KeyUse>
}

/** Builds the gatherer. Whoever owns it flushes it at least once a second and at shutdown. */
export function createLastUsed(store: WithoutWrites<KeyStore>): LastUsed {
  let gathered = new Map<KeyId, KeyUse>()
  /** The uses that are being written. */
  const leaving = new Set<ReadonlyMap<KeyId, KeyUse>>()

  function add(use: KeyUse) {
    const known = gathered.get(use.keyId)
    if (known === undefined) gathered.set(use.keyId, use)
    else {
      known.at = Math.max(known.at, use.at)
      known.count += use.count
    }
  }

  async function write(piece: KeyUse[], others: readonly KeyUse[]): Promise<void> {
    try {
      await store.recordUses(piece)
    } catch (error) {
      for (const use of [...piece, ...others]) add(use)
      throw error
    }
  }

  function note(keyId: KeyId, at: Instant): KeyUse {
    const known = gathered.get(keyId)
    if (known !== undefined) {
      count(known, at)
      return known
    }
    const use = { keyId, at, count: 1 }
    gathered.set(keyId, use)
    return use
  }

  return {
    note,
    noteAgain(keyId, at, last) {
      if (last?.among !== gathered) return { use: note(keyId, at), among: gathered }
      count(last.use, at)
      return last
    },
    noteLook: (keyId, at) => add({ keyId, at, count: 0 }),
    noted(id) {
      const times = [gathered, ...leaving].flatMap((uses) => uses.get(id)?.at ?? [])
      return times.length === 0 ? null : Math.max(...times)
    },
    async flush() {
      if (gathered.size === 0) return
      const flushed = gathered
      const uses = [...flushed.values()]
      gathered = new Map()
      leaving.add(flushed)
      try {
        // In pieces, so that whoever waits for the disk waits for one of them only.
        while (uses.length > 0) await write(uses.splice(0, MAX.choreRows), uses)
      } finally {
        leaving.delete(flushed)
      }
    },
  }
}

function count(use: KeyUse, at: Instant): void {
  use.at = Math.max(use.at, at)
  use.count += 1
}
