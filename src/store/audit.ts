import type { Act, AuditEntry, AuditQuery, AuditRecord } from '../core/access/audit-entry.ts'
import type { Page } from '../core/ground/page.ts'

/** The durable audit log. Changes write their own entries; see {@link Store}. */
export interface AuditStore {
  /** Writes down a denied attempt; takes no revision. */
  recordDenied(record: { act: Act; audit: AuditRecord }): Promise<void>

  /** Lists audit entries, newest first, ties by id. */
  listAudit(query: AuditQuery): Promise<Page<AuditEntry>>
}
