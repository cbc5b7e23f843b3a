import type { Instant } from '../ground/clock.ts'
import type { Cursor } from '../ground/page.ts'
import type { KeyId, Revision, UserId } from '../types.ts'
import type { Warrant } from './warrant.ts'

/** The audit entry of a change, written in the same transaction as the change. */
export interface AuditRecord {
  /** Domain words: `key.create`, `key.rotate`, `user.update`, ... */
  action: string
  target: { kind: 'key' | 'user' | 'workspace' | 'system'; id: string | null }
  /** The changed members before and after, never a secret; null when there are none to show. */
  before: Record<string, unknown> | null
  after: Record<string, unknown> | null
  reason: string | null
}

/** Whether a call has changed something. Its copies and its acts share it. */
export interface Effect {
  isMade: boolean
}

/** The actor, the time, and the request. */
export interface Act {
  at: Instant
  /** Null for the server's own act at its first start. */
  userId: UserId | null
  /** The key that was used as the credential. */
  keyId: KeyId | null
  requestId: string | null
  ip: string | null
  /** Judged by the store together with the change. Null for acts of the server itself, and for the record of a denial. */
  warrant: Warrant | null
  /** The store marks it in the transaction in which it writes the entry of a change. Absent when nobody asks. */
  effect?: Effect | undefined
}

/** Equal attempts that were denied, as one line of the audit log: `act` is the first of them. */
export interface Denial {
  id: string
  act: Act
  audit: AuditRecord
  count: number
  lastAt: Instant
}

/** One line of the audit log. */
export interface AuditEntry extends AuditRecord {
  id: string
  /** The time of the act; for equal denials, the first of them. */
  at: Instant
  /** The number of equal denials in this entry; 1 for a change. */
  count: number
  /** The time of the last denial. */
  lastAt: Instant
  outcome: 'done' | 'denied'
  actorUserId: UserId | null
  actorKeyId: KeyId | null
  requestId: string | null
  ip: string | null
  /** The revision of the change; null for a denied attempt. */
  revision: Revision | null
}

/** Which audit entries to list, newest first. */
export interface AuditQuery {
  targetKind?: AuditRecord['target']['kind']
  targetId?: string
  actorUserId?: UserId
  requestId?: string
  action?: string
  outcome?: AuditEntry['outcome']
  from?: Instant
  to?: Instant
  limit: number
  after?: Cursor
}
