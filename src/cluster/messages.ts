import type { Revision } from '../core/types.ts'
import type { Feed, NodeId } from '../store/nodes.ts'

/** What a node asks of the database to stay a member. Each is one transaction. */
export type Request =
  /** Writes a row for the node. */
  | { ask: 'join'; node: NodeId; leaseMs: number }
  /** Counts up the row's renewals, writes what the node has applied, and reads what is new. */
  | { ask: 'renew'; node: NodeId; applied: Revision; since: Revision | null }
  /** Reads what is new. */
  | { ask: 'poll'; since: Revision }

/** What the database answers. */
export type Answer =
  | { told: 'joined' }
  /** The row is gone: others have stopped waiting for this node. */
  | { told: 'evicted' }
  | { told: 'feed'; feed: Feed }
