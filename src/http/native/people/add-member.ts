import { z } from '@hono/zod-openapi'
import { MEMBER_STANDINGS } from '../../../core/people/queries.ts'
import type { UserId } from '../../../core/types.ts'
import { uuid } from '../../kernel/input.ts'
import { idempotencyHeader, once } from '../idempotency.ts'
import { changing } from '../wait-wire.ts'
import { json, jsonBody, problems, SECURITY } from '../wire.ts'
import { MemberOut, renderMember } from './member-wire.ts'
import { workspaceRef, workspaceRefParam } from './workspace-wire.ts'

const AddMember = z
  .strictObject({
    userId: uuid<UserId>().openapi({ description: 'The user to add.' }),
    standing: z.enum(MEMBER_STANDINGS).optional().openapi({
      description:
        'A `manager` also makes, changes, rotates and revokes the keys of the other members here, and sees their usage. `member` when absent; a member that is one already then stays what it is.',
    }),
  })
  .openapi('AddMember')

/** `POST /workspaces/{id or slug}/members` (docs/api.md#members). */
export const addMember = changing(
  {
    method: 'post',
    path: '/workspaces/{ref}/members',
    operationId: 'addMember',
    summary: 'Add a member to a workspace',
    description:
      'From now on the user sees the workspace and may create keys in it. Adding an existing member answers 200, and changes nothing but a `standing` that is named. Everybody is a member of the default workspace.',
    tags: ['workspaces'],
    security: SECURITY,
    request: { params: workspaceRefParam, headers: idempotencyHeader, body: jsonBody(AddMember) },
    responses: {
      200: json(MemberOut, 'The user is a member already.'),
      201: json(MemberOut, 'The new member.'),
      ...problems(404, 409, 415, 422),
    },
  },
  { callers: 'MANAGE_WORKSPACES', action: 'workspace.add_member', target: 'workspace' },
  async (c) => {
    const { members } = c.get('latchkey')
    const by = workspaceRef(c.req.valid('param').ref)
    const { userId, standing } = c.req.valid('json')
    let status: 200 | 201 = 201
    const { answer, replay } = await once<z.infer<typeof MemberOut>>(c, status, async (memory) => {
      const joined = await members.add(
        c.get('call'),
        by,
        { userId, ...(standing && { standing }) },
        memory?.keep(renderMember),
      )
      if (!joined.isNew) status = 200
      return renderMember(joined)
    })
    return c.json(answer, status, replay)
  },
)
