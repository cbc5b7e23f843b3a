// Tests: src/core/verify/facts.test.ts, src/core/verify/forgetting.test.ts
import { createBoundedMemory } from '../ground/bounded-memory.ts'
import { MAX } from '../ground/bounds.ts'
import type { Digest, KeyId, Revision, User, Workspace } from '../types.ts'
import { compactFacts } from './compact-facts.ts'
import { bytesOf, factsBytes } from './facts-bytes.ts'
import type { RecordRef } from './key-facts.ts'
import { createMarks, type Mark } from './marks.ts'
import type { ReadyFacts } from './prepared.ts'

/** The facts that one process keeps, found by digest and forgotten by record. */
export interface FactsMemory {
  /** The valid facts of a digest; costs one look-up. */
  find(digest: Digest): ReadyFacts | undefined
  keep(facts: ReadyFacts): void
  /** Forgets all facts that rest on a record. For a user or workspace that costs the same, however many keys it has. */
  forget(record: RecordRef): void
  /** Whether facts rest on the record in an older revision than this one. */
  isOlder(record: RecordRef, revision: Revision): boolean
  /** The digests of a key whose facts are in memory. */
  digestsOf(id: KeyId): Digest[]
  clear(): void
  count(): number
}

/** Facts as memory keeps them. */
interface KeptFacts extends ReadyFacts {
  ownerMark: Mark<User>
  workspaceMark: Mark<Workspace>
  /** Of another secret of the same key. */
  next: KeptFacts | null
  bytes: number
}

/** Builds a memory of at most this many bytes. */
export function createFactsMemory(bytesMax: number): FactsMemory {
  const ofKeys = new Map<KeyId, KeptFacts>()
  const ownerMarks = createMarks<User>(bytesOf)
  const workspaceMarks = createMarks<Workspace>(bytesOf)
  let ownBytes = 0
  const memory = createBoundedMemory<Digest, KeptFacts>({
    isTooMuch: (count) =>
      count > MAX.factsInMemory || ownBytes + ownerMarks.bytes() + workspaceMarks.bytes() > bytesMax,
    gone: unlink,
  })

  function unlink(facts: KeptFacts) {
    ownBytes -= facts.bytes
    ownerMarks.release(facts.ownerMark)
    workspaceMarks.release(facts.workspaceMark)
    const { id } = facts.key
    const others = keptOf(id).filter((each) => each !== facts)
    if (others.length === 0) ofKeys.delete(id)
    for (const [index, each] of others.entries()) {
      each.next = others[index + 1] ?? null
      if (index === 0) ofKeys.set(id, each)
    }
  }

  /** The facts in memory of all secrets of a key; most keys have one. */
  function keptOf(id: KeyId): KeptFacts[] {
    const kept: KeptFacts[] = []
    for (let each = ofKeys.get(id) ?? null; each !== null; each = each.next) kept.push(each)
    return kept
  }

  const digestsOf = (id: KeyId) => keptOf(id).map(({ secret }) => secret.digest)

  return {
    find(digest) {
      const known = memory.get(digest)
      if (known === undefined || (known.ownerMark.stands && known.workspaceMark.stands)) return known
      memory.delete(digest)
      return undefined
    },
    keep(found) {
      const { digest } = found.secret
      memory.delete(digest)
      const ownerMark = ownerMarks.take(found.owner)
      const workspaceMark = workspaceMarks.take(found.workspace)
      const own = compactFacts({ ...found, owner: ownerMark.record, workspace: workspaceMark.record })
      const bytes = factsBytes(own)
      const next = ofKeys.get(own.key.id) ?? null
      const { allowsAddress } = found
      const facts: KeptFacts = {
        ...own,
        allowsAddress,
        prepared: null,
        ownerMark,
        workspaceMark,
        next,
        bytes,
      }
      ofKeys.set(own.key.id, facts)
      ownBytes += bytes
      memory.set(digest, facts)
    },
    forget(record) {
      if (record.kind === 'user') ownerMarks.void(record.id)
      else if (record.kind === 'workspace') workspaceMarks.void(record.id)
      else for (const digest of digestsOf(record.id)) memory.delete(digest)
    },
    isOlder(record, revision) {
      if (record.kind === 'key') return keptOf(record.id).some(({ key }) => key.revision < revision)
      const known =
        record.kind === 'user' ? ownerMarks.revisionOf(record.id) : workspaceMarks.revisionOf(record.id)
      return (known ?? revision) < revision
    },
    digestsOf,
    clear() {
      for (const id of [...ofKeys.keys()]) for (const digest of digestsOf(id)) memory.delete(digest)
    },
    count: memory.count,
  }
}
