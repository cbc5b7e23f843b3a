import { z } from '@hono/zod-openapi'
import { operation } from '../../kernel/operation.ts'
import { answerPage, pageAsked, pageOf, pageQuery } from '../paging.ts'
import { json, problems, SECURITY } from '../wire.ts'
import { MemberOut, renderMember } from './member-wire.ts'
import { workspaceRef, workspaceRefParam } from './workspace-wire.ts'

/** `GET /workspaces/{id or slug}/members` (docs/api.md#members), newest first. */
export const listMembers = operation(
  {
    method: 'get',
    path: '/workspaces/{ref}/members',
    operationId: 'listMembers',
    summary: 'List the members of a workspace',
    description:
      'The latest members come first. A caller with the role USER sees the members of workspaces of which it is a member, and only itself in the default workspace. ADMIN and ROOT see every workspace without being members.',
    tags: ['workspaces'],
    security: SECURITY,
    request: { params: workspaceRefParam, query: z.strictObject(pageQuery) },
    responses: {
      200: json(pageOf(MemberOut).openapi('MemberPage'), 'One page of members.'),
      ...problems(404),
    },
  },
  { callers: 'DISPLAY_WORKSPACE', action: 'workspace.list_members', target: 'workspace' },
  async (c) => {
    const { ref } = c.req.valid('param')
    const listed = { list: 'members', workspace: ref }
    const asked = pageAsked(c.req.valid('query'), listed)
    const page = await c.get('latchkey').members.list(c.get('call'), workspaceRef(ref), asked)
    return answerPage(c, page, { listed, render: renderMember })
  },
)
