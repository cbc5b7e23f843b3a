import type { AuditRecord } from '../core/access/audit-entry.ts'
import type { Manager } from '../core/access/managers.ts'
import type { Actor } from '../core/access/warrant.ts'
import type { User } from '../core/types.ts'

/** A change decided under the record's lock: the whole record as it shall be, and what to write down. */
export interface Decided<T> {
  next: T
  audit: AuditRecord
}

/** Who acts, read and judged in the transaction of the change; null for what the server does by itself. */
export interface ActorContext {
  actor: Actor | null
}

/** Keys by which everything could be managed, besides the record that is changed; they become no fewer until it commits. */
export interface ManagersBeside {
  /** Of a user that is changed, those that it owns; of a key none. */
  own: readonly Manager[]
  others: readonly Manager[]
}

/** What else the decision about a key may look at; all of it stays as it is until the change commits. */
export interface KeyContext extends ActorContext {
  /** Null when the key's owner is deleted. */
  owner: User | null
  /** Whether the owner belongs to the key's workspace. */
  isMember: boolean
  /** Null for a key that no ROOT owns or that does not manage: by such a one nothing is lost. */
  managers: ManagersBeside | null
}

/**
 * Decides a change from the locked record; null changes nothing, a thrown fault rolls back. Must be pure and
 * synchronous: it runs again when the database asks for a retry.
 */
export type Decide<T, Context = ActorContext> = (current: T, context: Context) => Decided<T> | null
