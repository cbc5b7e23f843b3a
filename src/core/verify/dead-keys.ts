import { LRUCache } from 'lru-cache'
import type { Clock } from '../ground/clock.ts'
import type { KeyId } from '../types.ts'
import type { KeyFacts } from './key-facts.ts'

/** The keys that are known to be revoked. They stay revoked, even when a restored database has lost the revocation. */
export interface DeadKeys {
  /** Remembers that a key was revoked. */
  note(id: KeyId): void
  /** The facts as they were read; a key that is known to be revoked is marked as revoked. */
  asKnown(found: KeyFacts): KeyFacts
}

const REMEMBERED = 100_000

/** Builds the set; it remembers the most recent keys. */
export function createDeadKeys(clock: Clock): DeadKeys {
  const dead = new LRUCache<KeyId, true>({ max: REMEMBERED })
  return {
    note: (id) => dead.set(id, true),
    asKnown(found) {
      const { key } = found
      if (key.revokedAt !== null) dead.set(key.id, true)
      else if (dead.has(key.id)) return { ...found, key: { ...key, revokedAt: clock.now() } }
      return found
    },
  }
}
