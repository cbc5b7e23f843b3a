import type { Digest, Key, StoredSecret, User } from '../types.ts'

/** A credential and its owner as the store has them inside a transaction, locked so that they stay so until its end. */
export interface Actor {
  key: Pick<Key, 'id' | 'access' | 'disabled' | 'allowedIps' | 'notBefore' | 'expiresAt' | 'revokedAt'>
  secret: Pick<StoredSecret, 'digest' | 'expiresAt' | 'seenBy'>
  owner: User
  /** The other users who have seen the secret, also disabled and deleted ones. */
  witnesses: readonly User[]
}

/**
 * The right by which a caller changes something. The store checks it in the transaction of the change, so a right that the caller lost
 * since the request arrived does not count.
 */
export interface Warrant {
  /** The secret that the caller sent. */
  credential: Digest
  /** The session of the browser that made the call; null for a call with the secret itself. */
  session: Digest | null
  /** Throws a fault to refuse the actor; then nothing is changed. Synchronous, and may run more than once. */
  judge(actor: Actor): void
}
