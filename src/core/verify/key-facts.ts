import type { Instant } from '../ground/clock.ts'
import type { Key, KeyId, StoredSecret, User, UserId, Workspace, WorkspaceId } from '../types.ts'

/** All facts that a verify needs about one secret, read together. */
export interface KeyFacts {
  key: Key
  /** The secret by whose digest the key was found. */
  secret: StoredSecret
  owner: User
  workspace: Workspace
}

/** A record on which facts rest. */
export type RecordRef =
  | { kind: 'key'; id: KeyId }
  | { kind: 'user'; id: UserId }
  | { kind: 'workspace'; id: WorkspaceId }

/** One or more uses of a key, gathered since the last flush. */
export interface KeyUse {
  keyId: KeyId
  /** The time of the latest one. */
  at: Instant
  count: number
}
