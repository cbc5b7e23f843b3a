import type { AuditEntry, AuditQuery, Denial } from '../core/access/audit-entry.ts'
import type { Instant } from '../core/ground/clock.ts'
import type { Page } from '../core/ground/page.ts'
import type { Caller } from '../core/ground/turns.ts'
import type { Revision } from '../core/types.ts'
import type { Change } from './nodes.ts'

/** The last changes of records at one moment. */
export interface RecentChanges {
  /** The last change of that moment. */
  revision: Revision
  /** The changes up to it, in their order and without gaps. */
  changes: readonly Change[]
  /** See `Feed`. */
  incarnation: string
  isUndecided: boolean
}

/** The durable audit log. Changes write their own entries; see {@link Store}. */
export interface AuditStore {
  /** Records denied attempts; takes no revision. An entry whose id exists already gets the given count and last time. */
  recordDenials(denials: readonly Denial[]): Promise<void>

  /** Lists audit entries, newest first, ties by id. */
  listAudit(query: AuditQuery, by?: Caller | null): Promise<Page<AuditEntry>>

  /** The target of each change with this action after the instant, the latest first and at most `limit`. */
  findTargets(acts: { action: string; after: Instant; limit: number }): Promise<string[]>

  /**
   * Reads the last changes after a revision, for null the last of all: at most 1,000, and none before one that is no longer kept. All who follow
   * the changes share its results, so that it counts as the read of one caller.
   */
  recentChanges(after: Revision | null): Promise<RecentChanges>

  /** Deletes entries of an outcome that are older than the instant, the oldest first and at most `limit`; returns how many. */
  purgeAudit(old: { outcome: AuditEntry['outcome']; before: Instant; limit: number }): Promise<number>
}
