import type { Revision } from '../core/types.ts'
import type { Change, Feed, NodeId } from '../store/nodes.ts'
import { ageMs, isFresh, type Lease, type Reading } from './lease.ts'
import type { Answer, Request } from './messages.ts'

/** Lets memory forget: single records, or all of them. */
export interface Memory {
  forget(change: Change): void
  forgetAll(): void
}

/** One node's side of the protocol. It does no IO: it says what to send, and is told what came back. */
export interface Member {
  /** Whether memory may be answered from. */
  isFresh(now: Reading): boolean
  /** What to send now; null while nothing is due. At most one request is under way at a time. */
  next(now: Reading): Request | null
  /** Takes the answer to a request, and lets memory forget before anything is acknowledged. `sentAt` was read before it was sent. */
  answered(request: Request, sentAt: Reading, answer: Answer): void
  /** Something may be new: the next request is due at once. */
  wake(): void
  /** Stops trusting memory, for a node that ends. */
  leave(): void
  /** Every change up to this revision is reflected in memory. */
  applied(): Revision
  /** How old the lease is, in milliseconds; infinite where there is none. */
  leaseAgeMs(now: Reading): number
  /** For how long memory has not been compared with the database, in milliseconds; infinite before the first time. */
  lagMs(now: Reading): number
  /** The name of the node's row; null while it has none. */
  id(): NodeId | null
  /** The last incarnation that was heard of, and whether the database was older than what this node had seen. */
  database(): { incarnation: string | null; cameBackOlder: boolean }
}

/** What a member is made of. */
export interface MemberParts {
  leaseMs: number
  /** How often it looks for changes when nobody wakes it. */
  pollMs(): number
  newId(): NodeId
  memory: Memory
}

/** A lease is renewed when this part of it has passed, so that two renewals may fail. */
const RENEWED_AT = 1 / 3

/** Builds a node that has not joined yet. */
export function createMember({ leaseMs, pollMs, newId, memory }: MemberParts): Member {
  let id: NodeId | null = null
  let joined = false
  let lease: Lease | null = null
  // Null until the first feed: what was read before it may have changed since.
  let applied: Revision | null = null
  let acknowledged: Revision | null = null
  let polledAt: Reading | null = null
  let woken = false
  let incarnation: string | null = null
  let cameBackOlder = false

  /** Begins a new life: its row is another's by now, or speaks of a history that is not the database's any more. */
  function startAnew(): void {
    id = null
    joined = false
    lease = null
    acknowledged = null
  }

  /** Whether the database is the one of before, with all that it had. */
  function isSameDatabase(feed: Feed): boolean {
    const older = applied !== null && feed.revision < applied
    cameBackOlder ||= older
    const other = incarnation !== null && feed.incarnation !== incarnation
    incarnation = feed.incarnation
    return !older && !other
  }

  return {
    isFresh: (now) => isFresh(lease, now),

    next(now) {
      if (!joined || id === null) {
        // Another name for each attempt: one that comes late must not set back the row of the one that came through.
        id = newId()
        return { ask: 'join', node: id, leaseMs }
      }
      const due = lease === null || ageMs(lease, now) >= leaseMs * RENEWED_AT
      if (applied === null || due || applied !== acknowledged)
        return { ask: 'renew', node: id, applied: applied ?? 0, since: applied }
      if (woken || polledAt === null || now.monotonicMs - polledAt.monotonicMs >= pollMs()) {
        woken = false
        return { ask: 'poll', since: applied }
      }
      return null
    },

    answered(request, sentAt, answer) {
      if (answer.told === 'joined') {
        joined = true
        return
      }
      if (answer.told === 'evicted') {
        startAnew()
        return
      }
      const { feed } = answer
      if (!isSameDatabase(feed)) {
        // What it calls by the numbers that this node knows may be other changes.
        memory.forgetAll()
        applied = null
        startAnew()
        return
      }
      if (applied === null || feed.changes === null) memory.forgetAll()
      else for (const change of feed.changes) memory.forget(change)
      applied = feed.revision
      polledAt = sentAt
      if (request.ask !== 'renew') return
      acknowledged = request.since === null ? null : request.applied
      // A poll leaves no trace for others, so it does not make the lease longer.
      lease = { sentAt, leaseMs }
    },

    wake() {
      woken = true
    },

    leave() {
      lease = null
    },

    applied: () => applied ?? 0,
    leaseAgeMs: (now) => (lease === null ? Number.POSITIVE_INFINITY : ageMs(lease, now)),
    lagMs: (now) => (polledAt === null ? Number.POSITIVE_INFINITY : now.monotonicMs - polledAt.monotonicMs),
    id: () => (joined ? id : null),
    database: () => ({ incarnation, cameBackOlder }),
  }
}
