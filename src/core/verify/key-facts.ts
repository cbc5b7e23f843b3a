import type { Instant } from '../ground/clock.ts'
import type { Key, KeyId, StoredSecret, User, UserId, Workspace, WorkspaceId } from '../types.ts'

/** All that a verify needs to know of one secret, read together. */
export interface KeyFacts {
  key: Key
  /** The secret by whose digest the key was found. */
  secret: StoredSecret
  owner: User
  workspace: Workspace
}

/** A record that facts are made of. */
export type RecordRef =
  | { kind: 'key'; id: KeyId }
  | { kind: 'user'; id: UserId }
  | { kind: 'workspace'; id: WorkspaceId }

/** One or more uses of a key, gathered since the last flush. */
export interface KeyUse {
  keyId: KeyId
  /** The latest of them. */
  at: Instant
  count: number
}
