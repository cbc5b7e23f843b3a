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
  /** Writes what was gathered. What could not be written is kept for the next flush. */
  flush(): Promise<void>
}

/** Builds the gatherer. Whoever owns it flushes it at least once a second and at shutdown. */
export function createLastUsed(store: WithoutWrites<KeyStore>): LastUsed {
  let gathered = new Map<KeyId, KeyUse>()

  function add(use: KeyUse) {
    const known = gathered.get(use.keyId)
    if (known === undefined) gathered.set(use.keyId, use)
    else {
      known.at = Math.max(known.at, use.at)
      known.count += use.count
    }
  }

  return {
    note: (keyId, at) => add({ keyId, at, count: 1 }),
    async flush() {
      if (gathered.size === 0) return
      const uses = [...gathered.values()]
      gathered = new Map()
      // In pieces, so that whoever waits for the disk waits for one of them only.
      while (uses.length > 0) {
        const piece = uses.splice(0, MAX.choreRows)
        try {
          await store.recordUses(piece)
        } catch (error) {
          for (const use of [...piece, ...uses]) add(use)
          throw error
        }
      }
    },
  }
}
