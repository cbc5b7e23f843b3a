import type { Revision } from '../core/types.ts'
import type { Change, Feed, NodeId } from '../store/nodes.ts'
import { ageMs, isFresh, type Lease, type Reading } from './lease.ts'
import type { Answer, Request } from './messages.ts'

/** The memory that must forget single records, or all of them. */
export interface Memory {
  forget(change: Change): void
  forgetAll(): void
}

/** One node's side of the protocol, without IO: it returns the requests to send, and takes their answers. */
export interface Member {
  /** Whether answers may come from memory. */
  isFresh(now: Reading): boolean
  /** The request to send now; null while none is due. At most one is under way at a time. */
  next(now: Reading): Request | null
  /** How long it is until a request is due if nobody wakes the node, in milliseconds; 0 when one is due now. */
  dueInMs(now: Reading): number
  /**
   * Takes the answer to a request, and makes memory forget before anything is acknowledged. `sentAt` was read before the request was
   * sent.
   */
  answered(request: Request, sentAt: Reading, answer: Answer): void
  /** There may be new changes: the next request is due at once. */
  wake(): void
  /** Stops using memory, for a node that ends. */
  leave(): void
  /** Every change up to this revision is reflected in memory. */
  applied(): Revision
  /** The age of the lease, in milliseconds; infinite when there is none. */
  leaseAgeMs(now: Reading): number
  /** The milliseconds since memory was last compared with the database; infinite before the first time. */
  lagMs(now: Reading): number
  /** The name of the node's row; null while it has none. */
  id(): NodeId | null
  /**
   * Whether the database may have lost changes: it is another incarnation, or older than this node has seen, or marked. Then the
   * node's memory has to be compared with it before anything is answered from it.
   */
  isInDoubt(): boolean
  /** The comparison is done, and the database may be used. */
  trust(): void
}

/** The dependencies and settings of a member. */
export interface MemberParts {
  leaseMs: number
  /** The pause between two polls when nobody wakes it. */
  pollMs(): number
  newId(): NodeId
  memory: Memory
}

/** A lease is renewed after this part of it, so that two renewals may fail. */
const RENEWED_AT = 1 / 3

/** Builds a node that has not joined yet. */
export function createMember({ leaseMs, pollMs, newId, memory }: MemberParts): Member {
  let id: NodeId | null = null
  let joined = false
  let lease: Lease | null = null
  // Null until the first feed: facts that were read before it may have changed since.
  let applied: Revision | null = null
  let acknowledged: Revision | null = null
  let polledAt: Reading | null = null
  let woken = false
  let incarnation: string | null = null
  let inDoubt = false

  /** Starts again without a row: the row is gone, or belongs to a history that the database no longer has. */
  function startAnew(): void {
    id = null
    joined = false
    lease = null
    acknowledged = null
  }

  /** Whether this is the same database as before, with all its changes. */
  function isSameDatabase(feed: Feed): boolean {
    const older = applied !== null && feed.revision < applied
    const other = incarnation !== null && feed.incarnation !== incarnation
    incarnation = feed.incarnation
    return !older && !other
  }

  return {
    isFresh: (now) => !inDoubt && isFresh(lease, now),

    next(now) {
      if (!joined || id === null) {
        // Each attempt has another name: a late one must not set back the row of the one that succeeded.
        id = newId()
        return { ask: 'join', node: id, leaseMs }
      }
      const due = lease === null || ageMs(lease, now) >= leaseMs * RENEWED_AT
      if (applied === null || due) return { ask: 'renew', node: id, applied: applied ?? 0, since: applied }
      if (applied !== acknowledged) return { ask: 'acknowledge', node: id, applied, since: applied }
      if (woken || polledAt === null || now.monotonicMs - polledAt.monotonicMs >= pollMs()) {
        woken = false
        return { ask: 'poll', since: applied }
      }
      return null
    },

    dueInMs(now) {
      if (!joined || lease === null || polledAt === null || woken || applied !== acknowledged) return 0
      const renewal = leaseMs * RENEWED_AT - ageMs(lease, now)
      return Math.max(0, Math.min(renewal, pollMs() - (now.monotonicMs - polledAt.monotonicMs)))
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
      const isSame = isSameDatabase(feed)
      inDoubt ||= !isSame || feed.isUndecided
      if (inDoubt) memory.forgetAll()
      if (!isSame) {
        // In another history the revisions that this node knows may be other changes.
        applied = null
        startAnew()
        return
      }
      if (applied === null || feed.changes === null) memory.forgetAll()
      else for (const change of feed.changes) memory.forget(change)
      applied = feed.revision
      polledAt = sentAt
      if (request.ask === 'poll' || request.ask === 'join') return
      acknowledged = request.since === null ? null : request.applied
      // A lease needs a number that other nodes see grow, also after a crash of the database: they evict whose number stands still.
      if (request.ask === 'renew') lease = { sentAt, leaseMs }
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
    isInDoubt: () => inDoubt,
    trust() {
      inDoubt = false
    },
  }
}
