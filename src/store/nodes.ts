import type { Instant } from '../core/ground/clock.ts'
import type { Revision } from '../core/types.ts'

/** The name of one life of a node: one that has to come back takes another. */
export type NodeId = string

/** One committed change, as nodes hear of it. */
export interface Change {
  revision: Revision
  /** What was changed, as the audit log names it. */
  kind: 'key' | 'user' | 'workspace' | 'system'
  id: string | null
  action: string
  at: Instant
}

/** The changes that one read of the database returns. */
export interface Feed {
  /** The last change of that moment. */
  revision: Revision
  /** Every change up to it after the one that was asked for; null when they are too many, or not all of them are kept any more. */
  changes: readonly Change[] | null
  /** Another text after the database was restarted or another server has taken over. */
  incarnation: string
  /**
   * True while the database is known to have lost changes and nobody has decided what to do, see {@link NodeStore.compareChanges}: nothing may
   * be answered by what it holds.
   */
  isUndecided: boolean
  /** Whether the database still has this program's schema, or that of a newer one. */
  schema: 'ours' | 'other'
}

/** What a node remembers of the database, to be compared with it. */
export interface Remembered {
  /** The highest revision that the node has seen. */
  seen: Revision
  /** The last changes that it has heard of, in their order. */
  changes: readonly Change[]
}

/** What the comparison found. */
export interface Found {
  /** Those of the changes that the database does not have, and that nobody has accepted to be lost. */
  lost: readonly Change[]
  /** The highest revision up to which changes are lost, as any node has seen it; null when there is nothing to decide. */
  until: Revision | null
}

/** One row of the table of nodes. */
export interface NodeRow {
  id: NodeId
  /** How often the node has renewed. That it stands still is how others see that the node has gone. */
  renewals: number
  /** The node has applied every change up to this revision. */
  applied: Revision
  leaseMs: number
}

/** The whole table, as of one moment of the database. */
export interface NodesSeen {
  rows: readonly NodeRow[]
  incarnation: string
}

/**
 * What the processes on one database know of each other ([ADR 0060](../../docs/adr/0060-leases-and-revisions.md)). Every sentence is an
 * obligation that the conformance suite tests. Each method fails within seconds when the database does not answer, and works also while
 * the database is known to have lost changes.
 */
export interface NodeStore {
  /** Reads the changes after a revision, without gaps and in their order; for null only what the last one is. */
  changesSince(since: Revision | null): Promise<Feed>

  /** Writes the row of a node that begins, without renewals and with nothing applied. */
  joinNode(node: { id: NodeId; leaseMs: number; at: Instant }): Promise<void>

  /**
   * Counts up the node's renewals and writes what it has applied, then reads as {@link NodeStore.changesSince} does, in one transaction.
   * Null, and nothing is written, when there is no such row.
   */
  renewNode(
    node: { id: NodeId; applied: Revision; at: Instant },
    since: Revision | null,
  ): Promise<Feed | null>

  /** Reads all rows. */
  findNodes(): Promise<NodesSeen>

  /** Deletes the row of a node if it still has so many renewals, however many when null; says whether it did. */
  evictNode(id: NodeId, renewals: number | null): Promise<boolean>

  /**
   * Compares what a node remembers with the database. Where that has lost changes, or has others in their place, it is marked for all processes,
   * which answer nothing by it until the loss is accepted; its revision is raised to the highest that was seen, so that none is given twice; and
   * keys whose revocations are among the lost changes are revoked again. Works also while the database is marked.
   */
  compareChanges(remembered: Remembered, at: Instant): Promise<Found>

  /**
   * Takes the database as it is, with what it has lost, which the audit log tells. False, and nothing is written, when the loss reaches up to
   * another revision by now.
   */
  acceptLosses(loss: { until: Revision; lost: readonly Change[] }, at: Instant): Promise<boolean>

  /** True where other processes may use the database at the same time. */
  isShared(): boolean

  /**
   * Calls `wake` when another process may have changed something. It may be called too often, late, or never. Answers how to end it, and
   * whether it can be relied on for now.
   */
  onChange(wake: () => void): { end(): void; isHeard(): boolean }
}
