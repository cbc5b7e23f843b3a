import type { Revision } from '../core/types.ts'
import type { Feed, NodeId } from '../store/nodes.ts'

/** The requests of a node to the database. Each is one transaction. */
export type Request =
  /** Writes a row for the node. */
  | { ask: 'join'; node: NodeId; leaseMs: number }
  /**
   * Increments the row's renewals, writes the revision that the node has applied, and reads the new changes. It is on disk when it is
   * answered.
   */
  | { ask: 'renew'; node: NodeId; applied: Revision; since: Revision | null }
  /** Writes the revision that the node has applied, and reads the new changes. It may be lost when the database crashes. */
  | { ask: 'acknowledge'; node: NodeId; applied: Revision; since: Revision }
  /** Reads the new changes. */
  | { ask: 'poll'; since: Revision }

/** The answers of the database. */
export type Answer =
  | { told: 'joined' }
  /** The row is gone: others have stopped waiting for this node. */
  | { told: 'evicted' }
  | { told: 'feed'; feed: Feed }
