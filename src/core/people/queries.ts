import type { Cursor } from '../ground/page.ts'
import type { Role, WorkspaceId } from '../types.ts'

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

/** How a workspace is named. `alsoDeleted` finds one whose history is asked for although it is gone. */
export type WorkspaceRef = { id: WorkspaceId; alsoDeleted?: true } | { slug: string } | 'default'
