import type { Change } from '../../store/nodes.ts'
import type { Revision } from '../types.ts'

/** Why no node acts by older facts any more. */
export interface InForce {
  /** The nodes there are, this one among them. */
  nodes: number
  /** Those of them that did not say that they had applied the change, and whose right to answer from memory has run out since. */
  lapsed: number
}

/** What one node needs of the others that use the same store. */
export interface Nodes {
  /** Whether memory reflects every change that anybody was told to be in force. Asked in the turn of the event loop that answers. */
  isFresh(): boolean
  /** Answers once no node acts by facts from before the change, which has been committed. */
  inForce(revision: Revision): Promise<InForce>
  /** True when every change up to this revision is reflected in memory, if need be after a look. Throws `store_unavailable`. */
  hasApplied(revision: Revision): Promise<boolean>
  /** Names the memory that is to forget what others change. */
  follow(memory: FollowingMemory): void
}

/** Memory that forgets what other nodes change. */
export interface FollowingMemory {
  forget(change: Change): void
  forgetAll(): void
}
