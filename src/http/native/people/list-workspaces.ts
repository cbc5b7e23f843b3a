import { z } from '@hono/zod-openapi'
import { operation } from '../../kernel/operation.ts'
import { answerPage, pageAsked, pageOf, pageQuery } from '../paging.ts'
import { json, problems, SECURITY } from '../wire.ts'
import { renderWorkspace, WorkspaceOut } from './workspace-wire.ts'

const listed = { list: 'workspaces' }

/** `GET /workspaces` (docs/api.md#users-and-workspaces), newest first. */
export const listWorkspaces = operation(
  {
    method: 'get',
    path: '/workspaces',
    operationId: 'listWorkspaces',
    summary: 'List workspaces',
    description: 'Newest first.',
    tags: ['workspaces'],
    security: SECURITY,
    request: { query: z.strictObject(pageQuery) },
    responses: {
      200: json(pageOf(WorkspaceOut).openapi('WorkspacePage'), 'One page of workspaces.'),
      ...problems(),
    },
  },
  { callers: 'DISPLAY_WORKSPACE', action: 'workspace.list', target: 'workspace' },
  async (c) => {
    const page = await c
      .get('latchkey')
      .workspaces.list(c.get('call'), pageAsked(c.req.valid('query'), listed))
    return answerPage(c, page, { listed, render: renderWorkspace })
  },
)
