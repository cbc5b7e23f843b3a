import type { Revision } from '../core/types.ts'
import type { InForce } from '../core/verify/nodes.ts'
import type { NodeId, NodeRow, NodesSeen } from '../store/nodes.ts'

/** A change that has been committed. */
export interface Committed {
  revision: Revision
  /** When its commit was answered, on the monotonic clock. */
  atMs: number
}

/** The side of the protocol of the node that has made a change, without IO. All times are of one monotonic clock. */
export interface Waiting {
  /** Takes the table of nodes, read by a request that was sent and answered at these times. */
  saw(seen: NodesSeen, sentAtMs: number, answeredAtMs: number): void
  /** The rows of nodes that have not renewed for a whole lease. Each is to be deleted only if it still has this number of renewals. */
  toEvict(nowMs: number): { id: NodeId; renewals: number }[]
  /** The result once every node has applied the change or cannot answer from memory any more; null until then. */
  inForce(change: Committed, nowMs: number): InForce | null
  /** The latest time at which the change is in force, whatever happens. */
  latestMs(change: Committed): number
  /** The number of nodes, including this one. */
  count(): number
}

/** No lease may be longer than this. */
export const LEASE_MAX_MS = 5_000

/**
 * A node that has not renewed for this part of its lease counts as silent when its row is gone. Nodes renew after a third of it; who
 * evicts waits for all of it, but may have begun to watch half a lease earlier.
 */
const SILENT_AT = 1 / 2

interface Watched {
  row: NodeRow
  /** When this number of renewals was first seen. */
  sinceMs: number
}

/** Builds the knowledge of one node about the others. */
export function createWaiting({ self, leaseMs }: { self: () => NodeId | null; leaseMs: number }): Waiting {
  let watched = new Map<NodeId, Watched>()
  let lookedAtMs = Number.NEGATIVE_INFINITY
  let incarnation: string | null = null
  // Until then there may be nodes with leases but without rows: the rows were lost when another server took over.
  let unknownUntilMs = Number.POSITIVE_INFINITY

  /** When nodes were found to be gone, and the revision that they had applied. */
  const gone = new Map<NodeId, { atMs: number; applied: Revision }>()

  const others = () => [...watched.values()].filter(({ row }) => row.id !== self())
  const longestMs = () => Math.max(leaseMs, ...[...watched.values()].map(({ row }) => row.leaseMs))

  // A renewal after the commit reads the change, so every lease that does not know of it was requested before the commit.
  function latestMs({ atMs }: Committed): number {
    return atMs + (lookedAtMs >= atMs ? longestMs() : LEASE_MAX_MS)
  }

  return {
    saw(seen, sentAtMs, answeredAtMs) {
      if (sentAtMs < lookedAtMs) return
      const isSame = seen.incarnation === incarnation
      if (isSame) noteEvictedByOthers(seen, answeredAtMs)
      lookedAtMs = sentAtMs
      const longestBeforeMs = longestMs()
      const before = isSame ? watched : new Map<NodeId, Watched>()
      watched = new Map(
        seen.rows.map((row) => {
          const known = before.get(row.id)
          const stands = known !== undefined && known.row.renewals === row.renewals
          return [row.id, { row, sinceMs: stands ? known.sinceMs : answeredAtMs }]
        }),
      )
      if (!isSame) unknownUntilMs = answeredAtMs + Math.max(longestBeforeMs, longestMs())
      incarnation = seen.incarnation
    },

    toEvict(nowMs) {
      for (const [id, { atMs }] of gone) if (nowMs - atMs > 2 * LEASE_MAX_MS) gone.delete(id)
      const still = others().filter(({ row, sinceMs }) => nowMs - sinceMs >= row.leaseMs)
      for (const { row } of still) gone.set(row.id, { atMs: nowMs, applied: row.applied })
      return still.map(({ row: { id, renewals } }) => ({ id, renewals }))
    },

    inForce({ revision, atMs }, nowMs) {
      const looked = lookedAtMs >= atMs
      const behind = looked ? others().filter(({ row }) => row.applied < revision) : []
      if (looked && behind.length === 0 && nowMs >= unknownUntilMs) return told({ revision, atMs }, 0)
      return nowMs >= latestMs({ revision, atMs }) ? told({ revision, atMs }, behind.length) : null
    },

    latestMs,

    count: counted,
  }

  /**
   * Another node has deleted the row of one that fell silent: a change that this node has made waited for it as well. A node that ends
   * deletes its row itself, soon after a renewal.
   */
  function noteEvictedByOthers({ rows }: NodesSeen, nowMs: number): void {
    const present = new Set(rows.map(({ id }) => id))
    for (const { row, sinceMs } of others()) {
      const wasSilent = nowMs - sinceMs >= row.leaseMs * SILENT_AT
      // The last look at which it was there: changes from after that did not wait for it.
      if (wasSilent && !present.has(row.id) && !gone.has(row.id))
        gone.set(row.id, { atMs: lookedAtMs, applied: row.applied })
    }
  }

  /** A node that has gone since the change is counted, too. */
  function told(change: Committed, behind: number): InForce {
    const left = [...gone].filter(
      ([id, { atMs, applied }]) => atMs >= change.atMs && applied < change.revision && !watched.has(id),
    ).length
    return { nodes: counted() + left, lapsed: behind + left }
  }

  function counted(): number {
    return others().length + 1
  }
}
