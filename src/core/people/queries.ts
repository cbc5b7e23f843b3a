import type { Cursor } from '../ground/page.ts'
import type { Role } from '../types.ts'

/** Which users to list, newest first. */
export interface UserQuery {
  role?: Role
  externalId?: string
  limit: number
  after?: Cursor
}

/** Which workspaces to list, newest first. */
export interface WorkspaceQuery {
  limit: number
  after?: Cursor
}
