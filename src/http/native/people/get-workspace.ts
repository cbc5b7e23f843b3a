import { operation } from '../../kernel/operation.ts'
import { renderBudget } from '../budget-wire.ts'
import { etag } from '../preconditions.ts'
import { json, problems, SECURITY } from '../wire.ts'
import { renderWorkspace, WorkspaceWithBudget, workspaceRef, workspaceRefParam } from './workspace-wire.ts'

/** `GET /workspaces/{id or slug}` (docs/api.md#users-and-workspaces). */
export const getWorkspace = operation(
  {
    method: 'get',
    path: '/workspaces/{ref}',
    operationId: 'getWorkspace',
    summary: 'Read a workspace',
    tags: ['workspaces'],
    security: SECURITY,
    request: { params: workspaceRefParam },
    responses: { 200: json(WorkspaceWithBudget, 'The workspace.'), ...problems(404) },
  },
  { callers: 'DISPLAY_WORKSPACE', action: 'workspace.get', target: 'workspace' },
  async (c) => {
    const call = c.get('call')
    const latchkey = c.get('latchkey')
    const workspace = await latchkey.workspaces.get(call, workspaceRef(c.req.valid('param').ref))
    const budget = await latchkey.accounts.budgetOfWorkspace(call, workspace)
    return c.json({ ...renderWorkspace(workspace), budget: budget.map(renderBudget) }, 200, etag(workspace))
  },
)
