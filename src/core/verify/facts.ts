import type { FoundationStore } from '../../store/foundation.ts'
import type { KeyStore } from '../../store/keys.ts'
import type { Change } from '../../store/nodes.ts'
import { addressMatcher } from '../ground/addresses.ts'
import { MAX } from '../ground/bounds.ts'
import type { Clock } from '../ground/clock.ts'
import { Fault } from '../ground/faults.ts'
import { digestOf, parseSecretShape, type Secret } from '../ground/secret.ts'
import type { Caller } from '../ground/turns.ts'
import type { KeyRef } from '../keys/queries.ts'
import type { Payer } from '../ledger/entries.ts'
import type { Digest, KeyId, Revision } from '../types.ts'
import { createDeadKeys } from './dead-keys.ts'
import { createDoubts } from './doubts.ts'
import { createFactsMemory } from './facts-memory.ts'
import { createForeignSecrets } from './foreign-secrets.ts'
import type { KeyFacts, RecordRef } from './key-facts.ts'
import type { Nodes } from './nodes.ts'
import { createPacedReads } from './paced-reads.ts'
import { createPayers } from './payers.ts'
import type { ReadyFacts } from './prepared.ts'
import type { WithoutWrites } from './record-writes.ts'
import { createWatchedReads, type Stood } from './watched-reads.ts'

/**
 * The facts that verify uses: memory first, then the store. Facts are kept, never decisions, so each request is judged anew. Reads of the store
 * take turns among the callers that are named with them; all that name none are one caller.
 */
export interface Facts {
  /** The facts that memory holds for a digest; costs one look-up. */
  remembered(digest: Digest): ReadyFacts | undefined
  /** Whether memory holds the facts of the key that has this secret. */
  holds(secret: Secret): boolean
  /** The facts of the key that has this secret, from memory or the store; null for none. A text that is too long is no secret. */
  ofSecret(secret: Secret, by?: Caller): ReadyFacts | Promise<ReadyFacts | null> | null
  /**
   * Reads a secret that memory does not hold. Texts of our form with a wrong checksum never reach the store, and texts of other forms
   * only while such keys exist.
   */
  load(secret: Secret, digest: Digest, by?: Caller): Promise<ReadyFacts | null>
  /** Reads the facts of a secret again after memory has dropped them; they did not change during the read. */
  reload(digest: Digest, by?: Caller): Promise<ReadyFacts | null>
  /** The facts of a key by its id, from memory or the store; null for an unknown key. */
  ofKey(id: KeyId, by?: Caller): ReadyFacts | Promise<ReadyFacts | null>
  /** The payers for the keys, from memory or the store; unknown keys are missing. */
  payersOf(refs: readonly KeyRef[]): Promise<ReadonlyMap<KeyId | Digest, Payer>>
  /**
   * Forgets a record and all facts that rest on it: those of one key, of all keys of a user, of all keys of a workspace. That costs
   * the same, however many they are. Only {@link Changes} calls it, after the change and before its caller is answered. The revision
   * is null when it is unknown whether the change was made: until the store says that no change is in progress any more, facts that
   * rest on the record are used but not kept.
   */
  forget(record: RecordRef, revision: Revision | null): void
  /** Memory reflects the changes up to this revision; 0 while none is known. */
  applied(): Revision
  /** Forgets a record of which memory holds facts from before this revision. */
  overtake(record: RecordRef, revision: Revision): void
  /** The same for a change of another node. */
  follow(change: Change): void
  /** Forgets everything, because the changes are unknown. */
  forgetAll(): void
  /** True when every change up to this revision is reflected in the answers of this node. */
  hasReached(revision: Revision): Promise<boolean>
  /** The number of secrets whose facts are in memory. */
  count(): number
}

/** The action in the audit log that revokes a key. */
const REVOKED = 'key.revoke'

/**
 * How many keys a node reads at the same time: it has as many connections for such reads, and a read that hangs must not hold up the others. A
 * store without other nodes makes one read at a time.
 */
const READS_OF_NODE = 4

// A caller's own records do not change this often in ordinary use.
const RELOADS_MAX = 8

interface FactsParts {
  store: WithoutWrites<FoundationStore & KeyStore>
  clock: Clock
  /** The maximum memory of the facts. */
  bytesMax: number
  /** The other nodes; null when there can be none. */
  nodes?: Pick<Nodes, 'applied' | 'isFresh' | 'hasApplied'> | null
}

/** Builds the memory of a process that is the only writer of its store, or that follows the changes of others. */
export function createFacts({ store, clock, bytesMax, nodes = null }: FactsParts): Facts {
  const memory = createFactsMemory(bytesMax)
  const reads = createWatchedReads()
  const inPace = createPacedReads(nodes === null ? 1 : READS_OF_NODE)
  // Whoever asks meanwhile may share it: its facts did not change until it ended. A caller has many calls in one commit.
  const reloads = new Map<Digest, Promise<ReadyFacts | null>>()
  // A read that began while a record was in doubt may have seen the record before its change.
  const doubts = createDoubts(store, reads.noteChange)
  const dead = createDeadKeys(clock)
  const payers = createPayers({ store, watching, isInDoubt: (id) => doubts.has(id) })
  const foreign = createForeignSecrets(store, () => !doubts.isAny() && nodes?.isFresh() !== false)
  let knownRevision: Revision = 0

  /** Reads from the store; `stood` then tells whether records stayed unchanged until the result arrived. */
  function watching<T>(read: (stood: Stood) => Promise<T>): Promise<T> {
    doubts.settle()
    return reads.read(read)
  }

  /** Reads facts, and tells whether they stayed unchanged until they arrived. */
  function readOnce(ref: KeyRef, by?: Caller): Promise<{ facts: ReadyFacts | null; stood: boolean }> {
    const read = async (unchanged: Stood) => {
      const found = await store.findFacts(ref, clock.now())
      if (found === null) return { facts: null, stood: true }
      const facts = readyFacts(dead.asKnown(found))
      const ids = [facts.key.id, facts.owner.id, facts.workspace.id]
      const stood = unchanged(ids)
      if (stood && !ids.some(doubts.has)) memory.keep(facts)
      return { facts, stood }
    }
    return inPace(by ?? null, () => watching(read))
  }

  async function reloadOnce(digest: Digest, by?: Caller): Promise<ReadyFacts | null> {
    for (let round = 0; round < RELOADS_MAX; round += 1) {
      const { facts, stood } = await readOnce({ digest }, by)
      if (stood) return facts
    }
    throw new Fault('store_unavailable', { internal: 'the facts of a caller kept changing' })
  }

  async function load(secret: Secret, digest: Digest, by?: Caller): Promise<ReadyFacts | null> {
    const shape = parseSecretShape(secret.reveal())
    if (shape === 'bad_checksum') return null
    if (shape === 'other' && !(await foreign.mayBe())) return null
    return (await readOnce({ digest }, by)).facts
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
    ofSecret(secret, by) {
      if (isTooLong(secret)) return null
      const digest = digestOf(secret)
      return remembered(digest) ?? load(secret, digest, by)
    },
    load,
    reload(digest, by) {
      const running = reloads.get(digest) ?? reloadOnce(digest, by).finally(() => reloads.delete(digest))
      reloads.set(digest, running)
      return running
    },
    ofKey(id, by) {
      for (const digest of memory.digestsOf(id)) {
        const known = remembered(digest)
        // By an older secret the key would look dead after the end of that secret's overlap.
        if (known !== undefined && known.key.secrets[0].digest === digest) return known
      }
      return readOnce({ id }, by).then(({ facts }) => facts)
    },
    payersOf: (refs) => payers.of(refs, nodes === null || nodes.isFresh()),
    forget(record, revision) {
      if (revision === null) doubts.add(record.id)
      else knownRevision = Math.max(knownRevision, revision)
      forget(record)
    },
    applied: () => nodes?.applied() ?? knownRevision,
    overtake(record, revision) {
      if (memory.isOlder(record, revision)) forget(record)
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
