import { expectedRevision, ifMatchHeader } from '../preconditions.ts'
import { changing } from '../wait-wire.ts'
import { problems, SECURITY } from '../wire.ts'
import { workspaceRef, workspaceRefParam } from './workspace-wire.ts'

/** `DELETE /workspaces/{id or slug}` (docs/api.md#users-and-workspaces). */
export const deleteWorkspace = changing(
  {
    method: 'delete',
    path: '/workspaces/{ref}',
    operationId: 'deleteWorkspace',
    summary: 'Delete a workspace',
    description: 'Possible only when all its keys are revoked, and never for the default workspace.',
    tags: ['workspaces'],
    security: SECURITY,
    request: { params: workspaceRefParam, headers: ifMatchHeader },
    responses: { 204: { description: 'Done.' }, ...problems(404, 409, 412) },
  },
  { callers: 'MANAGE_WORKSPACES', action: 'workspace.delete', target: 'workspace' },
  async (c) => {
    const { workspaces } = c.get('latchkey')
    const { id } = await workspaces.get(c.get('call'), workspaceRef(c.req.valid('param').ref))
    await workspaces.remove(c.get('call'), id, expectedRevision(c.req.valid('header')))
    return c.body(null, 204)
  },
)
