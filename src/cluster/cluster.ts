import { v7 } from 'uuid'
import { Fault } from '../core/ground/faults.ts'
import type { FollowingMemory, Nodes } from '../core/verify/nodes.ts'
import type { Feed, NodeStore } from '../store/nodes.ts'
import { follow } from './follow.ts'
import { usableMs } from './lease.ts'
import { lookAtNodes } from './looking.ts'
import { createMember, type Member } from './member.ts'
import { tellOfOutages } from './outage.ts'
import { readClocks } from './pace.ts'
import { createReach, type Reach } from './reach.ts'
import { createRecollection } from './recollection.ts'
import { recover } from './recovery.ts'
import { createWaiting } from './waiting.ts'

/** The state of a node among the others. */
export interface ClusterState {
  /** The number of nodes, including this one. */
  nodes: number
  /** The last revision that this node has applied. */
  revision: number
  /** The milliseconds since memory was last compared with the database; null before the first time. */
  lagMs: number | null
  /** The age of its lease in milliseconds; null when it has none. */
  leaseAgeMs: number | null
  isFresh: boolean
  /** The number of its changes that wait for other nodes. */
  waiters: number
}

/** The events of a node. All times are of the monotonic clock. */
export interface ClusterEvents {
  /** Memory was brought up to date: until now, answers may have come from facts of this age. */
  refreshed(staleMs: number): void
  /** A change is in force, `waitedMs` after its commit; the leases of `lapsed` nodes had to expire. */
  inForce(waitedMs: number, lapsed: number): void
}

/** One of the nodes that use a store. */
export interface Cluster extends Nodes {
  state(): ClusterState
  /** True while the database has not answered for so long, or may not be used: a caller that waited would wait in vain. */
  isCutOff(): boolean
  /** How the store is asked, so that nobody waits while the node is cut off. */
  reach: Reach
  /** Sets the one listener that gets all further events. */
  observe(events: ClusterEvents): void
  /** Deletes its row, so that no node waits for it any more. */
  close(): Promise<void>
}

/** The dependencies and settings of a node. */
export interface ClusterParts {
  store: NodeStore
  /** How long answers may come from memory after a renewal. */
  leaseMs: number
  /** Called with a message for the operator. */
  onNotice(what: string): void
  /** Called once when this program must end: a newer one has changed the schema of the database. */
  onBroken(reason: string): void
}

/** How often the node polls for changes when notifications do not wake it, and when they do. */
const POLL_MS = 25
const POLL_AS_WELL_MS = 100

/** After a short pause of the process, one answer may look late although it has arrived; a second one is really late. */
const SILENT_AFTER = 2

const NEWER =
  'The database has been brought to the schema of another version of Latchkey. This process ends; start that version.'

/** Joins the nodes that use the store. Until the first lease, nothing is answered from memory. */
export function joinCluster({ store, leaseMs, onNotice, onBroken }: ClusterParts): Cluster {
  let memory: FollowingMemory = { forget() {}, forgetAll() {} }
  // The number of requests in a row without an answer; null before the first answer.
  let failures: number | null = null
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
  const reach = createReach(isCutOff)
  const recollection = createRecollection()
  const recovery = recover({ store, member, recollection, leaseMs, onNotice })
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
    if (answer.told === 'feed' && !member.isInDoubt()) recollection.note(answer.feed)
    if (member.isInDoubt()) recovery.begin()
    // Facts older than a lease were not used for answers.
    if (answer.told === 'feed' && Number.isFinite(staleMs))
      events.refreshed(Math.min(staleMs, usableMs(leaseMs)))
  }

  /** A database that has lost changes must not be used: it may still have a key that was revoked. */
  function isCutOff(): boolean {
    return member.isInDoubt() || ((failures ?? 0) >= SILENT_AFTER && !member.isFresh(readClocks()))
  }

  const outages = tellOfOutages(onNotice, () => readClocks().monotonicMs)

  function hear(feed: Feed | null, error: unknown): void {
    if (feed !== null) failures = 0
    else if (failures !== null) failures += 1
    reach.check()
    // A database in doubt answers; recovery tells of that.
    outages.heard(isCutOff(), error)
    if (feed?.schema === 'other') onBroken(NEWER)
  }

  return {
    applied: member.applied,
    isFresh: () => member.isFresh(readClocks()),
    isCutOff,
    reach,
    async inForce(revision) {
      const sinceMs = readClocks().monotonicMs
      recollection.saw(revision)
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
      await recovery.stop()
      if (id !== null) await store.evictNode(id, null).catch(() => {})
    },
  }
}

function finite(ms: number): number | null {
  return Number.isFinite(ms) ? ms : null
}
