import { LRUCache } from 'lru-cache'
import { MAX } from '../ground/bounds.ts'
import type { Digest, KeyId, UserId, WorkspaceId } from '../types.ts'
import { bytesOf } from './facts-bytes.ts'
import type { ReadyFacts, RecordRef } from './key-facts.ts'
import { createMarks, type Mark } from './marks.ts'

/** The facts that one process keeps, found by digest and forgotten by record. */
export interface FactsMemory {
  /** The facts of a digest that still stand; costs no more than a look-up. */
  find(digest: Digest): ReadyFacts | undefined
  keep(facts: ReadyFacts): void
  /** Forgets all facts that rest on a record; for a user or workspace that costs the same however many they are. */
  forget(record: RecordRef): void
  /** The digests of a key that memory has facts of. */
  digestsOf(id: KeyId): Digest[]
  count(): number
}

/** Facts as memory keeps them. */
interface KeptFacts extends ReadyFacts {
  ownerMark: Mark<UserId>
  workspaceMark: Mark<WorkspaceId>
}

/** Builds a memory that takes at most so many bytes. */
export function createFactsMemory(bytesMax: number): FactsMemory {
  const digestsOfKey = new Map<KeyId, Set<Digest>>()
  const ownerMarks = createMarks<UserId>()
  const workspaceMarks = createMarks<WorkspaceId>()
  const memory = new LRUCache<Digest, KeptFacts>({
    max: MAX.factsInMemory,
    maxSize: bytesMax,
    sizeCalculation: bytesOf,
    dispose: unlink,
  })

  function unlink(facts: KeptFacts, digest: Digest) {
    ownerMarks.release(facts.ownerMark)
    workspaceMarks.release(facts.workspaceMark)
    const digests = digestsOfKey.get(facts.key.id)
    digests?.delete(digest)
    if (digests?.size === 0) digestsOfKey.delete(facts.key.id)
  }

  const digestsOf = (id: KeyId) => [...(digestsOfKey.get(id) ?? [])]

  return {
    find(digest) {
      const known = memory.get(digest)
      if (known === undefined || (known.ownerMark.stands && known.workspaceMark.stands)) return known
      memory.delete(digest)
      return undefined
    },
    keep(facts) {
      const { digest } = facts.secret
      const ownerMark = ownerMarks.take(facts.owner.id)
      const workspaceMark = workspaceMarks.take(facts.workspace.id)
      memory.set(digest, { ...facts, ownerMark, workspaceMark })
      const digests = digestsOfKey.get(facts.key.id) ?? new Set()
      digestsOfKey.set(facts.key.id, digests.add(digest))
    },
    forget(record) {
      if (record.kind === 'user') ownerMarks.void(record.id)
      else if (record.kind === 'workspace') workspaceMarks.void(record.id)
      else for (const digest of digestsOf(record.id)) memory.delete(digest)
    },
    digestsOf,
    count: () => memory.size,
  }
}
