import { v7 } from 'uuid'
import { Fault } from '../core/ground/faults.ts'
import type { FollowingMemory, Nodes } from '../core/verify/nodes.ts'
import type { Feed, NodeStore } from '../store/nodes.ts'
import { follow } from './follow.ts'
import { usableMs } from './lease.ts'
import { lookAtNodes } from './looking.ts'
import { createMember, type Member } from './member.ts'
import { readClocks } from './pace.ts'
import { createWaiting } from './waiting.ts'

/** How a node stands among the others. */
export interface ClusterState {
  /** Nodes there are, this one among them. */
  nodes: number
  /** The last revision that this node has applied. */
  revision: number
  /** For how long memory has not been compared with the database, in milliseconds; null before the first time. */
  lagMs: number | null
  /** How old its lease is in milliseconds; null where it has none. */
  leaseAgeMs: number | null
  isFresh: boolean
  /** How many of its changes wait for other nodes. */
  waiters: number
}

/** What somebody may hear of a node as it happens. All times are of the monotonic clock. */
export interface ClusterEvents {
  /** Memory was brought up to date: until now it may have been as old as this, and was answered from. */
  refreshed(staleMs: number): void
  /** A change is in force, so long after its commit; `lapsed` nodes were waited out. */
  inForce(waitedMs: number, lapsed: number): void
}

/** One node of those that use a store. */
export interface Cluster extends Nodes {
  state(): ClusterState
  /** Tells somebody from now on what happens; there is one who hears. */
  observe(events: ClusterEvents): void
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
}

/** How often changes are looked for where nobody wakes this node, and where somebody does. */
const POLL_MS = 25
const POLL_AS_WELL_MS = 100

const NEWER =
  'The database has been brought to the schema of another version of Latchkey. This process ends; start that version.'

/** Joins the nodes that use the store. Until the first lease is here, nothing is answered from memory. */
export function joinCluster({ store, leaseMs, onNotice, onBroken }: ClusterParts): Cluster {
  let memory: FollowingMemory = { forget() {}, forgetAll() {} }
  // Since when the database has not answered.
  let silentSinceMs: number | null = null
  let events: ClusterEvents = { refreshed() {}, inForce() {} }
  const channel = store.onChange(() => following.wake())
  const member = createMember({
    leaseMs,
    pollMs: () => (channel.isHeard() ? POLL_AS_WELL_MS : POLL_MS),
    newId: () => v7(),
    memory: { forget: (change) => memory.forget(change), forgetAll: () => memory.forgetAll() },
  })
  const waiting = createWaiting({ self: () => member.id(), leaseMs })
  const following = follow({ member: { ...member, answered }, store, read: readClocks, hear })
  const looking = lookAtNodes({
    waiting,
    store,
    nowMs: () => readClocks().monotonicMs,
    leaseMs,
    noteEvicted: (id) => onNotice(`The node ${id} has not renewed its lease and is no longer waited for.`),
  })

  function answered(...[request, sentAt, answer]: Parameters<Member['answered']>): void {
    const staleMs = member.lagMs(readClocks())
    member.answered(request, sentAt, answer)
    // What is older than a lease was not answered from.
    if (answer.told === 'feed' && Number.isFinite(staleMs))
      events.refreshed(Math.min(staleMs, usableMs(leaseMs)))
  }

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
  }

  return {
    isFresh: () => member.isFresh(readClocks()),
    isCutOff,
    async inForce(revision) {
      const sinceMs = readClocks().monotonicMs
      const told = await looking.inForce(revision)
      events.inForce(readClocks().monotonicMs - sinceMs, told.lapsed)
      return told
    },
    observe(named) {
      events = named
    },
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
      return {
        nodes: waiting.count(),
        revision: member.applied(),
        lagMs: finite(member.lagMs(now)),
        leaseAgeMs: finite(member.leaseAgeMs(now)),
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

function finite(ms: number): number | null {
  return Number.isFinite(ms) ? ms : null
}
