import type { Act, AuditRecord } from '../core/access/audit-entry.ts'
import type { Manager } from '../core/access/managers.ts'
import type { Actor } from '../core/access/warrant.ts'
import type { Remember } from '../core/keys/remembered.ts'
import type { User } from '../core/types.ts'

/** A change decided under the record's lock: the whole new record, and its audit entry. */
export interface Decided<T> {
  next: T
  audit: AuditRecord
}

/** A new record: its act, and its audit entry. */
export interface Creation<T, Context = ActorContext> {
  act: Act
  audit: AuditRecord
  remember?: Remember<T>
  /**
   * Makes the record and its entry from the actor in its present state, because that decides which role has set the record's restrictions. They
   * are written in place of those given. A thrown fault refuses them. It is as pure as {@link Decide}.
   */
  decide?: (context: Context) => Decided<T>
}

/** The actor, read and judged in the transaction of the change; null for the server's own acts. */
export interface ActorContext {
  actor: Actor | null
}

/** The other keys that can manage everything, besides the changed record; there are no fewer of them until it commits. */
export interface ManagersBeside {
  /** The managing keys of the changed user; none when a key is changed. */
  own: readonly Manager[]
  others: readonly Manager[]
}

/** The other facts for the decision about a key; all of them hold until the change commits. */
export interface KeyContext extends ActorContext {
  /** Null when the key's owner is deleted. */
  owner: User | null
  /** Whether the owner belongs to the key's workspace. */
  isMember: boolean
  /** Whether the actor is a manager of the key's workspace. */
  isManager: boolean
  /** The key's new owner; null when the change names none. */
  heir: User | null
  /** The users besides the owner who have seen a secret of the key that still works, also disabled and deleted ones. */
  knowers: readonly User[]
  /** Null for a key that no ROOT owns or that does not manage: without it everything can still be managed. */
  managers: ManagersBeside | null
}

/**
 * Decides a change from the locked record; null changes nothing, a thrown fault rolls back. Must be pure and
 * synchronous: it runs again when the database asks for a retry.
 */
export type Decide<T, Context = ActorContext> = (current: T, context: Context) => Decided<T> | null
