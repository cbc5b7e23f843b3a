import { LRUCache } from 'lru-cache'
import type { FoundationStore } from '../../store/foundation.ts'
import type { KeyStore } from '../../store/keys.ts'
import { type AddressMatcher, addressMatcher } from '../ground/addresses.ts'
import { MAX } from '../ground/bounds.ts'
import type { Clock } from '../ground/clock.ts'
import { Fault } from '../ground/faults.ts'
import { parseSecretShape, type Secret } from '../ground/secret.ts'
import type { KeyRef } from '../keys/queries.ts'
import type { Digest, KeyId, Revision, UserId, WorkspaceId } from '../types.ts'
import { bytesOf } from './facts-bytes.ts'
import type { KeyFacts } from './key-facts.ts'
import { createMarks, type Mark } from './marks.ts'
import type { WithoutWrites } from './record-writes.ts'

/** Facts of one secret, ready for the hot path. */
export interface ReadyFacts extends KeyFacts {
  /** Null when every address is allowed. */
  allowsAddress: AddressMatcher | null
}

/** A record that facts are made of. */
export type RecordRef =
  | { kind: 'key'; id: KeyId }
  | { kind: 'user'; id: UserId }
  | { kind: 'workspace'; id: WorkspaceId }

/**
 * The facts that verify answers from: memory first, then the store. Facts are kept, never decisions, so each answer is
 * judged anew.
 */
export interface Facts {
  /** What memory holds for a digest; costs no more than a look-up. */
  remembered(digest: Digest): ReadyFacts | undefined
  /**
   * Reads a secret that memory does not hold. Texts of our shape with a wrong checksum never reach the store, and
   * texts of other shapes only while such keys exist.
   */
  load(secret: Secret, digest: Digest): Promise<ReadyFacts | null>
  /** Reads anew what memory no longer holds of a secret that was found before; what it answers has not changed while it was read. */
  reload(digest: Digest): Promise<ReadyFacts | null>
  /** The facts of a key that is named by its id, from memory or the store; null when there is none. */
  ofKey(id: KeyId): ReadyFacts | Promise<ReadyFacts | null>
  /**
   * Forgets a record and all facts that rest on it: those of one key, of all keys of a user, of all keys of a workspace. Costs
   * the same however many they are. Called by {@link Changes} alone, after the change and before its caller is answered. The
   * revision is null where nobody knows whether the change was made: until the store says that nothing is under way any
   * more, what is read of the record is answered but not kept.
   */
  forget(record: RecordRef, revision: Revision | null): void
  /** True when every change up to this revision is reflected in what is answered from here. */
  hasReached(revision: Revision): Promise<boolean>
  /** How many secrets memory holds facts of. */
  count(): number
}

/** Facts as memory keeps them. */
interface KeptFacts extends ReadyFacts {
  ownerMark: Mark<UserId>
  workspaceMark: Mark<WorkspaceId>
}

// That a caller's own records change so often while it waits is nobody's ordinary day.
const RELOADS_MAX = 8

/** Builds the memory of one process that is the only writer of its store. */
export function createFacts({
  store,
  clock,
  bytesMax,
}: {
  store: WithoutWrites<FoundationStore & KeyStore>
  clock: Clock
  /** How much memory the facts may take. */
  bytesMax: number
}): Facts {
  const digestsOfKey = new Map<KeyId, Set<Digest>>()
  const ownerMarks = createMarks<UserId>()
  const workspaceMarks = createMarks<WorkspaceId>()
  const memory = new LRUCache<Digest, KeptFacts>({
    max: MAX.factsInMemory,
    maxSize: bytesMax,
    sizeCalculation: bytesOf,
    dispose: unlink,
  })
  // Each read under way collects what changes meanwhile, so that a slow read cannot bring back facts that are old by now.
  const readsUnderWay = new Set<Set<RecordRef['id']>>()
  // Records of which nobody knows whether their last change was made, and how many such changes there are.
  const doubted = new Map<RecordRef['id'], number>()
  let settling: Promise<void> | null = null
  let changes = 0
  let knownRevision: Revision = 0
  let foreignSecrets: boolean | null = null

  function unlink(facts: KeptFacts, digest: Digest) {
    ownerMarks.release(facts.ownerMark)
    workspaceMarks.release(facts.workspaceMark)
    const digests = digestsOfKey.get(facts.key.id)
    digests?.delete(digest)
    if (digests?.size === 0) digestsOfKey.delete(facts.key.id)
  }

  function keep(facts: ReadyFacts) {
    const { digest } = facts.secret
    const ownerMark = ownerMarks.take(facts.owner.id)
    const workspaceMark = workspaceMarks.take(facts.workspace.id)
    memory.set(digest, { ...facts, ownerMark, workspaceMark })
    const digests = digestsOfKey.get(facts.key.id) ?? new Set()
    digestsOfKey.set(facts.key.id, digests.add(digest))
  }

  function remembered(digest: Digest): ReadyFacts | undefined {
    const known = memory.get(digest)
    if (known === undefined || (known.ownerMark.stands && known.workspaceMark.stands)) return known
    memory.delete(digest)
    return undefined
  }

  /** Reads facts, and says whether they stood unchanged until they were here. */
  async function readOnce(ref: KeyRef): Promise<{ facts: ReadyFacts | null; stood: boolean }> {
    const changed = new Set<RecordRef['id']>()
    if (doubted.size > 0) settling ??= settle().finally(() => (settling = null))
    readsUnderWay.add(changed)
    try {
      const found = await store.findFacts(ref, clock.now())
      if (found === null) return { facts: null, stood: true }
      const { allowedIps } = found.key
      const facts = { ...found, allowsAddress: allowedIps.length === 0 ? null : addressMatcher(allowedIps) }
      const { key, owner, workspace } = facts
      const ids = [key.id, owner.id, workspace.id]
      const stood = !ids.some((id) => changed.has(id))
      if (stood && !ids.some((id) => doubted.has(id))) keep(facts)
      return { facts, stood }
    } finally {
      readsUnderWay.delete(changed)
    }
  }

  async function read(ref: KeyRef): Promise<ReadyFacts | null> {
    return (await readOnce(ref)).facts
  }

  /** Ends the doubts there are now, once the store says that nothing of theirs can be committed any more. */
  async function settle(): Promise<void> {
    const known = [...doubted]
    // While the store does not answer, the doubts stay, and the next read asks again.
    const settled = await store.settled().then(
      () => true,
      () => false,
    )
    if (!settled) return
    for (const [id, count] of known) {
      const left = (doubted.get(id) ?? 0) - count
      if (left > 0) doubted.set(id, left)
      else doubted.delete(id)
      // A read that began while the record was in doubt may have seen it before its change.
      for (const changed of readsUnderWay) changed.add(id)
    }
  }

  async function mayBeForeign(): Promise<boolean> {
    if (foreignSecrets !== null) return foreignSecrets
    const mark = changes
    const found = await store.hasForeignSecrets()
    if (mark === changes && doubted.size === 0) foreignSecrets = found
    return found
  }

  function forgetKey(id: KeyId) {
    changes += 1
    foreignSecrets = null
    for (const digest of [...(digestsOfKey.get(id) ?? [])]) memory.delete(digest)
  }

  return {
    remembered,
    async load(secret, digest) {
      const shape = parseSecretShape(secret.reveal())
      if (shape === 'bad_checksum') return null
      if (shape === 'other' && !(await mayBeForeign())) return null
      return read({ digest })
    },
    async reload(digest) {
      for (let round = 0; round < RELOADS_MAX; round += 1) {
        const { facts, stood } = await readOnce({ digest })
        if (stood) return facts
      }
      throw new Fault('store_unavailable', { internal: 'the facts of a caller kept changing' })
    },
    ofKey(id) {
      for (const digest of [...(digestsOfKey.get(id) ?? [])]) {
        const known = remembered(digest)
        // By an older secret the key would look dead once that one's overlap is over.
        if (known !== undefined && known.key.secrets[0].digest === digest) return known
      }
      return read({ id })
    },
    forget(record, revision) {
      if (revision === null) doubted.set(record.id, (doubted.get(record.id) ?? 0) + 1)
      else knownRevision = Math.max(knownRevision, revision)
      for (const changed of readsUnderWay) changed.add(record.id)
      if (record.kind === 'key') forgetKey(record.id)
      else if (record.kind === 'user') ownerMarks.void(record.id)
      else workspaceMarks.void(record.id)
    },
    async hasReached(revision) {
      if (revision <= knownRevision) return true
      knownRevision = Math.max(knownRevision, await store.revision())
      return revision <= knownRevision
    },
    count: () => memory.size,
  }
}
