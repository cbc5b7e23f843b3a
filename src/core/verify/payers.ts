// Tests: test/wire/native/owners.test.ts, src/core/verify/facts.test.ts
import { LRUCache } from 'lru-cache'
import type { KeyStore } from '../../store/keys.ts'
import { MAX } from '../ground/bounds.ts'
import { type KeyRef, nameOf } from '../keys/queries.ts'
import type { Payer } from '../ledger/entries.ts'
import type { Digest, KeyId } from '../types.ts'
import type { WithoutWrites } from './record-writes.ts'
import type { Stood } from './watched-reads.ts'

/** The payers for keys with reported usage, as long as they are valid. */
export interface Payers {
  /** The payers by the requested names, from memory where it may be used; unknown keys are missing. */
  of(refs: readonly KeyRef[], fromMemory: boolean): Promise<ReadonlyMap<KeyId | Digest, Payer>>
  /** Notes that a key has changed, perhaps its owner. */
  forget(id: string): void
  clear(): void
}

/** Builds a bounded memory of payers. */
export function createPayers({
  store,
  watching,
  isInDoubt,
}: {
  store: Pick<WithoutWrites<KeyStore>, 'resolveKeys'>
  watching: <T>(read: (stood: Stood) => Promise<T>) => Promise<T>
  /** True for a record that may have changed just now. */
  isInDoubt: (id: string) => boolean
}): Payers {
  // A secret never moves to another key, so a digest always names the same key; but the owner of the key may change.
  const keys = new LRUCache<Digest, KeyId>({ max: MAX.payersInMemory })
  const payers = new LRUCache<KeyId, Payer>({ max: MAX.payersInMemory })

  function keep(name: KeyId | Digest, payer: Payer): void {
    if (name !== payer.keyId) keys.set(name as Digest, payer.keyId)
    payers.set(payer.keyId, payer)
  }

  return {
    async of(refs, fromMemory) {
      const found = new Map<KeyId | Digest, Payer>()
      const unknown: KeyRef[] = []
      for (const ref of refs) {
        const name = nameOf(ref)
        const payer = fromMemory ? payers.get(keys.get(name as Digest) ?? (name as KeyId)) : undefined
        if (payer === undefined) unknown.push(ref)
        else found.set(name, payer)
      }
      if (unknown.length === 0) return found
      return watching(async (stood) => {
        for (const [name, payer] of await store.resolveKeys(unknown)) {
          found.set(name, payer)
          if (stood([payer.keyId]) && !isInDoubt(payer.keyId)) keep(name, payer)
        }
        return found
      })
    },
    forget(id) {
      payers.delete(id as KeyId)
    },
    clear() {
      payers.clear()
    },
  }
}
