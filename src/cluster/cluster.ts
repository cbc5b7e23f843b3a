import { v7 } from 'uuid'
import { Fault } from '../core/ground/faults.ts'
import type { FollowingMemory, Nodes } from '../core/verify/nodes.ts'
import type { Feed, NodeStore } from '../store/nodes.ts'
import { follow } from './follow.ts'
import { lookAtNodes } from './looking.ts'
import { createMember } from './member.ts'
import { readClocks } from './pace.ts'
import { createWaiting } from './waiting.ts'

/** How a node stands among the others. */
export interface ClusterState {
  /** Nodes there are, this one among them. */
  nodes: number
  /** The last revision that this node has applied. */
  revision: number
  /** How old its lease is in milliseconds; null where it has none. */
  leaseAgeMs: number | null
  isFresh: boolean
  /** How many of its changes wait for other nodes. */
  waiters: number
}

/** One node of those that use a store. */
export interface Cluster extends Nodes {
  state(): ClusterState
  /** Lets go of its row, so that nobody waits for it any more. */
  close(): Promise<void>
}

/** What a node needs. */
export interface ClusterParts {
  store: NodeStore
  /** How long memory may be answered from after a renewal. */
  leaseMs: number
  /** Hears what an operator should know. */
  onNotice(what: string): void
  /** Called once when this program must end: the database has been brought to the schema of a newer one. */
  onBroken(reason: string): void
  /** Hears of every feed: how long after its last renewal memory was brought up to date, and what is new. */
  onFeed?(feed: Feed): void
}

/** How often changes are looked for where nobody wakes this node, and where somebody does. */
const POLL_MS = 25
const POLL_AS_WELL_MS = 100

const NEWER =
  'The database has been brought to the schema of another version of Latchkey. This process ends; start that version.'

/** Joins the nodes that use the store. Until the first lease is here, nothing is answered from memory. */
export function joinCluster({ store, leaseMs, onNotice, onBroken, onFeed }: ClusterParts): Cluster {
  let memory: FollowingMemory = { forget() {}, forgetAll() {} }
  // Since when the database has not answered.
  let silentSinceMs: number | null = null
  const channel = store.onChange(() => following.wake())
  const member = createMember({
    leaseMs,
    pollMs: () => (channel.isHeard() ? POLL_AS_WELL_MS : POLL_MS),
    newId: () => v7(),
    memory: { forget: (change) => memory.forget(change), forgetAll: () => memory.forgetAll() },
  })
  const waiting = createWaiting({ self: () => member.id(), leaseMs })
  const following = follow({ member, store, read: readClocks, hear })
  const looking = lookAtNodes({
    waiting,
    store,
    nowMs: () => readClocks().monotonicMs,
    leaseMs,
    noteEvicted: (id) => onNotice(`The node ${id} has not renewed its lease and is no longer waited for.`),
  })

  /** A database that has lost changes is no better than none: what it answers may be a key that was revoked. */
  function isCutOff(): boolean {
    const silentMs = silentSinceMs === null ? 0 : readClocks().monotonicMs - silentSinceMs
    return member.database().cameBackOlder || silentMs > leaseMs
  }

  function hear(feed: Feed | null): void {
    if (feed === null) {
      silentSinceMs ??= readClocks().monotonicMs
      return
    }
    silentSinceMs = null
    if (feed.schema === 'other') onBroken(NEWER)
    onFeed?.(feed)
  }

  return {
    isFresh: () => member.isFresh(readClocks()),
    isCutOff,
    inForce: (revision) => looking.inForce(revision),
    async hasApplied(revision) {
      if (member.isFresh(readClocks()) && member.applied() >= revision) return true
      await following.next().catch((error) => {
        throw error instanceof Fault ? error : new Fault('store_unavailable', { internal: String(error) })
      })
      return member.applied() >= revision
    },
    follow(named) {
      memory = named
    },
    state() {
      const now = readClocks()
      const ageMs = member.leaseAgeMs(now)
      return {
        nodes: waiting.count(),
        revision: member.applied(),
        leaseAgeMs: Number.isFinite(ageMs) ? ageMs : null,
        isFresh: member.isFresh(now),
        waiters: looking.waiters(),
      }
    },
    async close() {
      const id = member.id()
      channel.end()
      await looking.stop()
      await following.stop()
      if (id !== null) await store.evictNode(id, null).catch(() => {})
    },
  }
}
