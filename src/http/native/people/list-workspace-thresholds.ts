import { operation } from '../../kernel/operation.ts'

import {
  CROSSINGS_DESCRIPTION,
  CROSSINGS_SHOWN,
  CrossingsOut,
  NO_FILTERS,
  renderCrossings,
} from '../threshold-wire.ts'
import { json, problems, SECURITY } from '../wire.ts'
import { workspaceRef, workspaceRefParam } from './workspace-wire.ts'

/** `GET /workspaces/{id or slug}/thresholds`. */
export const listWorkspaceThresholds = operation(
  {
    method: 'get',
    path: '/workspaces/{ref}/thresholds',
    operationId: 'listWorkspaceThresholds',
    summary: 'List the thresholds of limits that a workspace has crossed',
    description: CROSSINGS_DESCRIPTION,
    tags: ['native'],
    security: SECURITY,
    request: { params: workspaceRefParam, query: NO_FILTERS },
    responses: { 200: json(CrossingsOut, 'The crossings.'), ...problems(404) },
  },
  { callers: 'DISPLAY_WORKSPACE', action: 'workspace.thresholds', target: 'workspace' },
  async (c) => {
    const account = { kind: 'workspace', by: workspaceRef(c.req.valid('param').ref) } as const
    const crossings = await c.var.latchkey.accounts.crossings(c.var.call, account, CROSSINGS_SHOWN)
    return c.json(renderCrossings(crossings), 200)
  },
)
