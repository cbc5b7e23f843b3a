import { operation } from '../operation.ts'
import { etag } from './preconditions.ts'
import { json, problems, SECURITY } from './wire.ts'
import { renderWorkspace, WorkspaceOut, workspaceRef, workspaceRefParam } from './workspace-wire.ts'

/** `GET /workspaces/{id or slug}` (spec.md §3.1). */
export const getWorkspace = operation(
  {
    method: 'get',
    path: '/workspaces/{ref}',
    operationId: 'getWorkspace',
    summary: 'Read a workspace',
    tags: ['native'],
    security: SECURITY,
    request: { params: workspaceRefParam },
    responses: { 200: json(WorkspaceOut, 'The workspace.'), ...problems(404) },
  },
  { access: 'DISPLAY_WORKSPACE', action: 'workspace.get', target: 'workspace' },
  async (c) => {
    const workspace = await c.var.latchkey.workspaces.get(c.var.call, workspaceRef(c.req.valid('param').ref))
    return c.json(renderWorkspace(workspace), 200, etag(workspace))
  },
)
