import { LRUCache } from 'lru-cache'
import type { Clock } from '../ground/clock.ts'
import type { KeyId } from '../types.ts'
import type { KeyFacts } from './key-facts.ts'

/** The keys that are known to have been revoked. What is dead stays dead, also when a database that has lost the revocation says otherwise. */
export interface DeadKeys {
  /** Remembers that a key was revoked. */
  note(id: KeyId): void
  /** What was read, as it is known to be: of a key that was revoked, dead. */
  asKnown(found: KeyFacts): KeyFacts
}

const REMEMBERED = 100_000

/** Remembers those that were met last. */
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
