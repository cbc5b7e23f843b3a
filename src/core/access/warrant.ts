import type { Digest, Key, StoredSecret, User, UserId } from '../types.ts'

/** A credential and its owner as the store has them inside a transaction, locked so that they stay so until its end. */
export interface Actor {
  key: Pick<Key, 'id' | 'access' | 'disabled' | 'allowedIps' | 'notBefore' | 'expiresAt' | 'revokedAt'>
  secret: Pick<StoredSecret, 'digest' | 'expiresAt' | 'seenBy'>
  owner: User
  /** Who besides the owner has seen the secret, also when that user is disabled or deleted; null for nobody. */
  witness: User | null
}

/**
 * By what right a caller changes something. The store runs it in the transaction that makes the change, so that whatever was
 * taken from the caller since the request arrived no longer counts.
 */
export interface Warrant {
  /** The secret that the caller has shown. */
  credential: Digest
  /** Who besides the caller has seen it. */
  seenBy: UserId | null
  /** Throws a fault to refuse the actor; then nothing is changed. Synchronous, and may run more than once. */
  judge(actor: Actor): void
}
