import { type Accounts, accountsOf } from './accounts.ts'
import { MEMBER, WORKSPACE } from './answers.ts'
import type {
  AddMember,
  CreateWorkspace,
  Member,
  UpdateWorkspace,
  Workspace,
  WorkspaceWithBudget,
} from './api.gen.ts'
import { placesAt } from './call.ts'
import type { Connection } from './connection.ts'
import { type List, listOf } from './list.ts'
import type { CallOptions } from './options.ts'
import { idempotencyHeader, type Repeatable } from './repeats.ts'

/** The members of a workspace. */
export interface Members {
  /** Adds a user. A user that is a member already stays one. The call has a random idempotency key unless one is given. */
  add(ref: string, body: AddMember, options?: CallOptions & Repeatable): Promise<Member>
  /** All of them, those first that joined last, page by page. */
  list(
    ref: string,
    query?: { limit?: number | undefined; cursor?: string | undefined },
    options?: CallOptions,
  ): List<Member>
  /** Removes a user. Its keys there remain valid, and it no longer sees them. Refused for a user that is not a member. */
  remove(ref: string, userId: string, options?: CallOptions): Promise<void>
}

/** The workspaces, in which keys are grouped, and their members. */
export interface Workspaces
  extends Accounts<Workspace, WorkspaceWithBudget, CreateWorkspace, UpdateWorkspace> {
  /** The members of a workspace, which is named by its id or slug. */
  readonly members: Members
}

/** The calls on workspaces. */
export function workspacesOf(connection: Connection): Workspaces {
  const path = '/v2/workspaces'
  const at = placesAt(path)
  const members: Members = {
    add: async (ref, body, options = {}) =>
      connection.call(
        {
          method: 'POST',
          ...at(ref, '/members'),
          body,
          headers: idempotencyHeader(options.idempotencyKey),
          answers: MEMBER,
        },
        options,
      ),
    list: (ref, query, options) =>
      listOf<Member>(connection, { ...at(ref, '/members'), item: MEMBER, query, options }),
    remove: async (ref, userId, options) =>
      connection.call(
        {
          method: 'DELETE',
          path: at(ref, '/members/{userId}').path,
          names: { ref, userId },
          once: true,
        },
        options,
      ),
  }
  return { ...accountsOf(connection, { path, answers: WORKSPACE }), members }
}
