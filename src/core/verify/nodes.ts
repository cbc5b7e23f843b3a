import type { Change } from '../../store/nodes.ts'
import type { Revision } from '../types.ts'

/** Why no node uses older facts any more. */
export interface InForce {
  /** The number of nodes, with this one. */
  nodes: number
  /** The nodes that did not report the change as applied, and whose lease has expired since. */
  lapsed: number
}

/** The state of a change for which nobody but this node had to be waited for. */
export const THIS_NODE: InForce = { nodes: 1, lapsed: 0 }

/** The other nodes on the same store, as one node needs them. */
export interface Nodes {
  /** Memory reflects every change up to this revision; 0 before the first look at the store. */
  applied(): Revision
  /** Whether memory reflects every change that is in force for anybody. Called in the turn of the event loop that answers. */
  isFresh(): boolean
  /** Resolves when no node uses facts from before the change, which has been committed. */
  inForce(revision: Revision): Promise<InForce>
  /** True when memory reflects every change up to this revision, if necessary after a look at the store. Throws `store_unavailable`. */
  hasApplied(revision: Revision): Promise<boolean>
  /** Sets the memory that has to forget the changes of other nodes. */
  follow(memory: FollowingMemory): void
}

/** A memory that forgets the changes of other nodes. */
export interface FollowingMemory {
  forget(change: Change): void
  forgetAll(): void
}
