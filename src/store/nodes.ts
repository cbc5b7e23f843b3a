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
  /** Whether the database still has this program's schema, or that of a newer one. */
  schema: 'ours' | 'other'
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
 * obligation that the conformance suite tests. Each method fails within seconds when the database does not answer.
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

  /** True where other processes may use the database at the same time. */
  isShared(): boolean

  /**
   * Calls `wake` when another process may have changed something. It may be called too often, late, or never. Answers how to end it, and
   * whether it can be relied on for now.
   */
  onChange(wake: () => void): { end(): void; isHeard(): boolean }
}
