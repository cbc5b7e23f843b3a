import type { Instant } from '../core/ground/clock.ts'
import type { Revision } from '../core/types.ts'

/** The name of one membership of a node: a node that joins again takes another name. */
export type NodeId = string

/** One committed change, as other nodes read it. */
export interface Change {
  revision: Revision
  /** The changed record, as the audit log names it. */
  kind: 'key' | 'user' | 'workspace' | 'system'
  id: string | null
  action: string
  at: Instant
}

/** The changes that one read of the database returns. */
export interface Feed {
  /** The last change of that moment. */
  revision: Revision
  /** Every change after the requested revision, up to this one; null when there are too many, or some are no longer kept. */
  changes: readonly Change[] | null
  /** A text that differs after the database was restarted or another server has taken over. */
  incarnation: string
  /**
   * True while the database is known to have lost changes and the loss is not accepted, see {@link NodeStore.compareChanges}: no answer may
   * rest on it.
   */
  isUndecided: boolean
  /** Whether the database still has this program's schema, or that of a newer one. */
  schema: 'ours' | 'other'
}

/** A node's memory of the database, to be compared with it. */
export interface Remembered {
  /** The highest revision that the node has seen. */
  seen: Revision
  /** The last changes that it has heard of, in their order. */
  changes: readonly Change[]
}

/** The result of the comparison. */
export interface Found {
  /** The remembered changes that the database lacks and whose loss is not accepted yet. */
  lost: readonly Change[]
  /** The highest revision up to which changes are lost, as any node has seen it; null when there is nothing to decide. */
  until: Revision | null
}

/** One row of the table of nodes. */
export interface NodeRow {
  id: NodeId
  /** How often the node has renewed. When it no longer grows, the other nodes take this one for gone. */
  renewals: number
  /** The node has applied every change up to this revision. */
  applied: Revision
  leaseMs: number
}

/** The whole table at one moment of the database. */
export interface NodesSeen {
  rows: readonly NodeRow[]
  incarnation: string
}

/**
 * The knowledge of the processes on one database about each other ([ADR 0060](../../docs/adr/0060-leases-and-revisions.md)). Every
 * sentence is an obligation that the conformance suite tests. Each method fails within seconds when the database does not answer, and
 * works also while the database is known to have lost changes.
 */
export interface NodeStore {
  /** Reads the changes after a revision, without gaps and in their order; for null only the last revision. */
  changesSince(since: Revision | null): Promise<Feed>

  /** Writes the row of a node that joins, without renewals and with nothing applied. */
  joinNode(node: { id: NodeId; leaseMs: number; at: Instant }): Promise<void>

  /**
   * Increments the node's renewals and writes the revision that it has applied, then reads like {@link NodeStore.changesSince}, in one
   * transaction, which is on disk when it is answered. Returns null and writes nothing when there is no such row.
   */
  renewNode(
    node: { id: NodeId; applied: Revision; at: Instant },
    since: Revision | null,
  ): Promise<Feed | null>

  /**
   * The same without incrementing the renewals. A server that crashes soon afterwards may lose it, but never the renewals that it has
   * answered: a node whose number went back could be evicted although it has a lease.
   */
  acknowledge(node: { id: NodeId; applied: Revision }, since: Revision): Promise<Feed | null>

  /** Reads all rows. */
  findNodes(): Promise<NodesSeen>

  /** Deletes the row of a node if it still has this number of renewals, or any number when null; returns whether it did. */
  evictNode(id: NodeId, renewals: number | null): Promise<boolean>

  /**
   * Compares a node's memory with the database. If the database has lost changes, or has others in their place, it is marked, and no process
   * answers by it until the loss is accepted. Its revision is raised to the highest that was seen, so that none is given twice. Keys whose
   * revocations are among the lost changes are revoked again. Works also while the database is marked.
   */
  compareChanges(remembered: Remembered, at: Instant): Promise<Found>

  /**
   * Accepts the loss: the database is used in its present state, and the audit log names the lost changes. Returns false and writes nothing
   * when the loss reaches up to another revision by now.
   */
  acceptLosses(loss: { until: Revision; lost: readonly Change[] }, at: Instant): Promise<boolean>

  /** True where other processes may use the database at the same time. */
  isShared(): boolean

  /**
   * Calls `wake` when another process may have changed something. Calls may come too often, late, or never. Returns functions that end
   * this, and that say whether the notifications arrive at present.
   */
  onChange(wake: () => void): { end(): void; isHeard(): boolean }
}
