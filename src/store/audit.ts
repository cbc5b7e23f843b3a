import type { AuditEntry, AuditQuery, Denial } from '../core/access/audit-entry.ts'
import type { Instant } from '../core/ground/clock.ts'
import type { Page } from '../core/ground/page.ts'
import type { Caller } from '../core/ground/turns.ts'

/** The durable audit log. Changes write their own entries; see {@link Store}. */
export interface AuditStore {
  /** Records denied attempts; takes no revision. An entry whose id exists already gets the given count and last time. */
  recordDenials(denials: readonly Denial[]): Promise<void>

  /** Lists audit entries, newest first, ties by id. */
  listAudit(query: AuditQuery, by?: Caller | null): Promise<Page<AuditEntry>>

  /** The target of each change with this action after the instant, the latest first and at most `limit`. */
  findTargets(acts: { action: string; after: Instant; limit: number }): Promise<string[]>

  /** Deletes entries of an outcome that are older than the instant, the oldest first and at most `limit`; returns how many. */
  purgeAudit(old: { outcome: AuditEntry['outcome']; before: Instant; limit: number }): Promise<number>
}
