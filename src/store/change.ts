import type { AuditRecord } from '../core/access/audit-entry.ts'

/** A change decided under the record's lock: the whole record as it shall be, and what to write down. */
export interface Decided<T> {
  next: T
  audit: AuditRecord
}

/**
 * Decides a change from the locked record; null changes nothing, a thrown fault rolls back. Must be pure and
 * synchronous: it runs again when the database asks for a retry.
 */
export type Decide<T, Context = undefined> = (current: T, context: Context) => Decided<T> | null
