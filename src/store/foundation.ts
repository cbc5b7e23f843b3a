import type { Act } from '../core/access/audit-entry.ts'
import type { Key, Revision, User, Workspace } from '../core/types.ts'

/** The records that the very first start makes. */
export interface FirstRecords {
  user: User
  workspace: Workspace
  key: Key
}

/** The first records, and the number of the last change. */
export interface FoundationStore {
  /**
   * Writes the first user, workspace and key (three revisions, in this order) unless a user exists already, also a
   * deleted one. Returns whether this call wrote them. Of any number of concurrent callers exactly one gets true.
   */
  initialize(first: FirstRecords, act: Act): Promise<boolean>

  /** True once {@link FoundationStore.initialize} has written. */
  isInitialized(): Promise<boolean>

  /** The revision of the last committed change; 0 for an empty store. */
  revision(): Promise<Revision>

  /**
   * Answers once no change that was under way when it was called can be committed any more without showing: each has been
   * committed or undone, also one whose caller has gone away.
   */
  settled(): Promise<void>
}
