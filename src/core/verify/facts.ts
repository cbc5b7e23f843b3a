import type { FoundationStore } from '../../store/foundation.ts'
import type { KeyStore } from '../../store/keys.ts'
import type { Change } from '../../store/nodes.ts'
import { addressMatcher } from '../ground/addresses.ts'
import { MAX } from '../ground/bounds.ts'
import type { Clock } from '../ground/clock.ts'
import { Fault } from '../ground/faults.ts'
import { digestOf, parseSecretShape, type Secret } from '../ground/secret.ts'
import type { KeyRef } from '../keys/queries.ts'
import type { Payer } from '../ledger/entries.ts'
import type { Digest, KeyId, Revision } from '../types.ts'
import { createDeadKeys } from './dead-keys.ts'
import { createDoubts } from './doubts.ts'
import { createFactsMemory } from './facts-memory.ts'
import { createForeignSecrets } from './foreign-secrets.ts'
import type { KeyFacts, RecordRef } from './key-facts.ts'
import type { Nodes } from './nodes.ts'
import { createPayers } from './payers.ts'
import type { ReadyFacts } from './prepared.ts'
import type { WithoutWrites } from './record-writes.ts'
import { createWatchedReads, type Stood } from './watched-reads.ts'

/**
 * The facts that verify answers from: memory first, then the store. Facts are kept, never decisions, so each answer is
 * judged anew.
 */
export interface Facts {
  /** The facts that memory holds for a digest; costs one look-up. */
  remembered(digest: Digest): ReadyFacts | undefined
  /** Whether memory holds the facts of the key that a text is a secret of. */
  holds(secret: Secret): boolean
  /** The facts of the key that a text is a secret of, from memory or the store; null for none. A text that is too long is no secret. */
  ofSecret(secret: Secret): ReadyFacts | Promise<ReadyFacts | null> | null
  /**
   * Reads a secret that memory does not hold. Texts of our shape with a wrong checksum never reach the store, and
   * texts of other shapes only while such keys exist.
   */
  load(secret: Secret, digest: Digest): Promise<ReadyFacts | null>
  /** Reads the facts of a secret again after memory has dropped them; they did not change during the read. */
  reload(digest: Digest): Promise<ReadyFacts | null>
  /** The facts of a key by its id, from memory or the store; null for an unknown key. */
  ofKey(id: KeyId): ReadyFacts | Promise<ReadyFacts | null>
  /** Who pays for the keys, from memory or the store; those that do not exist are missing. */
  payersOf(refs: readonly KeyRef[]): Promise<ReadonlyMap<KeyId | Digest, Payer>>
  /**
   * Forgets a record and all facts that rest on it: those of one key, of all keys of a user, of all keys of a workspace. Costs
   * the same however many they are. Called by {@link Changes} alone, after the change and before its caller is answered. The
   * revision is null where nobody knows whether the change was made: until the store says that nothing is under way any
   * more, what is read of the record is answered but not kept.
   */
  forget(record: RecordRef, revision: Revision | null): void
  /** The same for a change that another node has made. */
  follow(change: Change): void
  /** Forgets everything, because the changes are unknown. */
  forgetAll(): void
  /** True when every change up to this revision is reflected in what is answered from here. */
  hasReached(revision: Revision): Promise<boolean>
  /** How many secrets memory holds facts of. */
  count(): number
}

/** The word of the audit log for the end of a key. */
const REVOKED = 'key.revoke'

// That a caller's own records change so often while it waits is nobody's ordinary day.
const RELOADS_MAX = 8

/** Builds the memory of a process, which is the only writer of its store or follows the changes of the others. */
export function createFacts({
  store,
  clock,
  bytesMax,
  nodes = null,
}: {
  store: WithoutWrites<FoundationStore & KeyStore>
  clock: Clock
  /** How much memory the facts may take. */
  bytesMax: number
  /** The other nodes; null where there can be none. */
  nodes?: Pick<Nodes, 'isFresh' | 'hasApplied'> | null
}): Facts {
  const memory = createFactsMemory(bytesMax)
  const reads = createWatchedReads()
  // A read that began while a record was in doubt may have seen it before its change.
  const doubts = createDoubts(store, reads.noteChange)
  const dead = createDeadKeys(clock)
  const payers = createPayers({ store, watching, isInDoubt: (id) => doubts.has(id) })
  const foreign = createForeignSecrets(store, () => !doubts.isAny() && nodes?.isFresh() !== false)
  let knownRevision: Revision = 0

  /** Reads from the store; `stood` then says whether records stood unchanged until they were here. */
  function watching<T>(read: (stood: Stood) => Promise<T>): Promise<T> {
    doubts.settle()
    return reads.read(read)
  }

  /** Reads facts, and says whether they stood unchanged until they were here. */
  function readOnce(ref: KeyRef): Promise<{ facts: ReadyFacts | null; stood: boolean }> {
    return watching(async (unchanged) => {
      const found = await store.findFacts(ref, clock.now())
      if (found === null) return { facts: null, stood: true }
      const facts = readyFacts(dead.asKnown(found))
      const ids = [facts.key.id, facts.owner.id, facts.workspace.id]
      const stood = unchanged(ids)
      if (stood && !ids.some(doubts.has)) memory.keep(facts)
      return { facts, stood }
    })
  }

  async function load(secret: Secret, digest: Digest): Promise<ReadyFacts | null> {
    const shape = parseSecretShape(secret.reveal())
    if (shape === 'bad_checksum') return null
    if (shape === 'other' && !(await foreign.mayBe())) return null
    return (await readOnce({ digest })).facts
  }

  function remembered(digest: Digest): ReadyFacts | undefined {
    return nodes === null || nodes.isFresh() ? memory.find(digest) : undefined
  }

  function forget(record: RecordRef) {
    reads.noteChange(record.id)
    if (record.kind === 'key') {
      foreign.forget()
      payers.forget(record.id)
    }
    memory.forget(record)
  }

  return {
    remembered,
    holds: (secret) => !isTooLong(secret) && remembered(digestOf(secret)) !== undefined,
    ofSecret(secret) {
      if (isTooLong(secret)) return null
      const digest = digestOf(secret)
      return remembered(digest) ?? load(secret, digest)
    },
    load,
    async reload(digest) {
      for (let round = 0; round < RELOADS_MAX; round += 1) {
        const { facts, stood } = await readOnce({ digest })
        if (stood) return facts
      }
      throw new Fault('store_unavailable', { internal: 'the facts of a caller kept changing' })
    },
    ofKey(id) {
      for (const digest of memory.digestsOf(id)) {
        const known = remembered(digest)
        // By an older secret the key would look dead once that one's overlap is over.
        if (known !== undefined && known.key.secrets[0].digest === digest) return known
      }
      return readOnce({ id }).then(({ facts }) => facts)
    },
    payersOf: (refs) => payers.of(refs, nodes === null || nodes.isFresh()),
    forget(record, revision) {
      if (revision === null) doubts.add(record.id)
      else knownRevision = Math.max(knownRevision, revision)
      forget(record)
    },
    follow({ kind, id, action }) {
      if (id === null || kind === 'system') return
      forget({ kind, id } as RecordRef)
      if (kind === 'key' && action === REVOKED) dead.note(id as KeyId)
    },
    forgetAll() {
      reads.noteAll()
      foreign.forget()
      payers.clear()
      memory.clear()
    },
    async hasReached(revision) {
      if (nodes !== null) return nodes.hasApplied(revision)
      if (revision <= knownRevision) return true
      knownRevision = Math.max(knownRevision, await store.revision())
      return revision <= knownRevision
    },
    count: memory.count,
  }
}

function isTooLong(secret: Secret): boolean {
  return secret.reveal().length > MAX.credentialChars
}

function readyFacts(found: KeyFacts): ReadyFacts {
  const { allowedIps } = found.key
  const allowsAddress = allowedIps.length === 0 ? null : addressMatcher(allowedIps)
  return { ...found, allowsAddress, prepared: null }
}
