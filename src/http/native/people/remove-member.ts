import { changing } from '../wait-wire.ts'
import { problems, SECURITY } from '../wire.ts'
import { memberParams } from './member-wire.ts'
import { userRef } from './user-wire.ts'
import { workspaceRef } from './workspace-wire.ts'

/** `DELETE /workspaces/{id or slug}/members/{userId}` (docs/api.md#members). */
export const removeMember = changing(
  {
    method: 'delete',
    path: '/workspaces/{ref}/members/{userId}',
    operationId: 'removeMember',
    summary: 'Remove a member from a workspace',
    description:
      'When the call answers, the user can no longer see the workspace, its keys and their usage, or create keys there. The keys that it owns there go on working: `GET /v2/keys` with `workspaceId` and `ownerId` lists them. Nobody can be removed from the default workspace.',
    tags: ['workspaces'],
    security: SECURITY,
    request: { params: memberParams },
    responses: { 204: { description: 'Done.' }, ...problems(404, 409) },
  },
  { callers: 'MANAGE_WORKSPACES', action: 'workspace.remove_member', target: 'workspace' },
  async (c) => {
    const { ref, userId } = c.req.valid('param')
    await c.get('latchkey').members.remove(c.get('call'), workspaceRef(ref), userRef(userId))
    return c.body(null, 204)
  },
)
