import { LRUCache } from 'lru-cache'
import type { FoundationStore } from '../../store/foundation.ts'
import type { KeyStore } from '../../store/keys.ts'
import { type AddressMatcher, addressMatcher } from '../ground/addresses.ts'
import { MAX } from '../ground/bounds.ts'
import type { Clock } from '../ground/clock.ts'
import { parseSecretShape, type Secret } from '../ground/secret.ts'
import type { KeyRef } from '../keys/queries.ts'
import type { Digest, KeyId, Revision, UserId, WorkspaceId } from '../types.ts'
import type { KeyFacts } from './key-facts.ts'

/** Facts of one secret, ready for the hot path. */
export interface ReadyFacts extends KeyFacts {
  /** Null when every address is allowed. */
  allowsAddress: AddressMatcher | null
}

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
  /** The facts of a key that is named by its id, from memory or the store; null when there is none. */
  ofKey(id: KeyId): ReadyFacts | Promise<ReadyFacts | null>
  /** Must be called after a change of the key has committed and before its caller is answered. */
  keyChanged(id: KeyId, revision: Revision): void
  /** The same for a change of a user, which concerns all keys it owns. */
  userChanged(id: UserId, revision: Revision): void
  /** The same for a change of a workspace, which concerns all keys in it. */
  workspaceChanged(id: WorkspaceId, revision: Revision): void
  /** True when every change up to this revision is reflected in what is answered from here. */
  hasReached(revision: Revision): Promise<boolean>
  /** How many secrets memory holds facts of. */
  count(): number
}

/** Builds the memory of one process that is the only writer of its store. */
export function createFacts({ store, clock }: { store: FoundationStore & KeyStore; clock: Clock }): Facts {
  const digestsOfKey = new Map<KeyId, Set<Digest>>()
  const memory = new LRUCache<Digest, ReadyFacts>({ max: MAX.factsInMemory, dispose: unlink })
  // Each read under way collects what changes meanwhile, so that a slow read cannot bring back facts that are old by now.
  const readsUnderWay = new Set<Set<KeyId | UserId | WorkspaceId>>()
  let changes = 0
  let knownRevision: Revision = 0
  let foreignSecrets: boolean | null = null

  function unlink(facts: ReadyFacts, digest: Digest) {
    const digests = digestsOfKey.get(facts.key.id)
    digests?.delete(digest)
    if (digests?.size === 0) digestsOfKey.delete(facts.key.id)
  }

  function keep(facts: ReadyFacts) {
    const { digest } = facts.secret
    memory.set(digest, facts)
    const digests = digestsOfKey.get(facts.key.id) ?? new Set()
    digestsOfKey.set(facts.key.id, digests.add(digest))
  }

  function forgetKey(id: KeyId) {
    for (const changed of readsUnderWay) changed.add(id)
    for (const digest of [...(digestsOfKey.get(id) ?? [])]) memory.delete(digest)
  }

  function forgetAll(id: UserId | WorkspaceId, concerns: (facts: ReadyFacts) => boolean) {
    for (const changed of readsUnderWay) changed.add(id)
    for (const [digest, facts] of [...memory.entries()]) if (concerns(facts)) memory.delete(digest)
  }

  async function read(ref: KeyRef): Promise<ReadyFacts | null> {
    const changed = new Set<KeyId | UserId | WorkspaceId>()
    readsUnderWay.add(changed)
    try {
      const found = await store.findFacts(ref, clock.now())
      if (found === null) return null
      const { allowedIps } = found.key
      const facts = { ...found, allowsAddress: allowedIps.length === 0 ? null : addressMatcher(allowedIps) }
      const { key, owner, workspace } = facts
      if (!changed.has(key.id) && !changed.has(owner.id) && !changed.has(workspace.id)) keep(facts)
      return facts
    } finally {
      readsUnderWay.delete(changed)
    }
  }

  async function mayBeForeign(): Promise<boolean> {
    if (foreignSecrets !== null) return foreignSecrets
    const mark = changes
    const found = await store.hasForeignSecrets()
    if (mark === changes) foreignSecrets = found
    return found
  }

  return {
    remembered: (digest) => memory.get(digest),
    async load(secret, digest) {
      const shape = parseSecretShape(secret.reveal())
      if (shape === 'bad_checksum') return null
      if (shape === 'other' && !(await mayBeForeign())) return null
      return read({ digest })
    },
    ofKey(id) {
      for (const digest of digestsOfKey.get(id) ?? []) {
        const known = memory.get(digest)
        // By an older secret the key would look dead once that one's overlap is over.
        if (known !== undefined && known.key.secrets[0].digest === digest) return known
      }
      return read({ id })
    },
    keyChanged(id, revision) {
      knownRevision = Math.max(knownRevision, revision)
      changes += 1
      foreignSecrets = null
      forgetKey(id)
    },
    userChanged(id, revision) {
      knownRevision = Math.max(knownRevision, revision)
      forgetAll(id, (facts) => facts.owner.id === id)
    },
    workspaceChanged(id, revision) {
      knownRevision = Math.max(knownRevision, revision)
      forgetAll(id, (facts) => facts.workspace.id === id)
    },
    async hasReached(revision) {
      if (revision <= knownRevision) return true
      knownRevision = Math.max(knownRevision, await store.revision())
      return revision <= knownRevision
    },
    count: () => memory.size,
  }
}
