import { z } from '@hono/zod-openapi'
import { MAX } from '../../../core/ground/bounds.ts'
import { ROLES } from '../../../core/types.ts'
import { filterText } from '../../kernel/input.ts'
import { operation } from '../../kernel/operation.ts'
import { answerPage, pageAsked, pageOf, pageQuery } from '../paging.ts'
import { json, named, problems, SECURITY } from '../wire.ts'
import { renderUser, UserOut } from './user-wire.ts'

const query = z.strictObject({
  role: z.enum(ROLES).optional(),
  externalId: filterText(MAX.externalIdChars).optional(),
  ...pageQuery,
})

/** `GET /users` (docs/api.md#users-and-workspaces), newest first. */
export const listUsers = operation(
  {
    method: 'get',
    path: '/users',
    operationId: 'listUsers',
    summary: 'List users',
    description: 'Newest first.',
    tags: ['users'],
    security: SECURITY,
    request: { query },
    responses: { 200: json(pageOf(UserOut).openapi('UserPage'), 'One page of users.'), ...problems() },
  },
  { callers: 'MANAGE_USERS', action: 'user.list', target: 'user' },
  async (c) => {
    const { limit, cursor, ...filters } = c.req.valid('query')
    const listed = { list: 'users', ...filters }
    const asked = { ...named(filters), ...pageAsked({ limit, cursor }, listed) }
    const page = await c.get('latchkey').users.list(c.get('call'), asked)
    return answerPage(c, page, { listed, render: renderUser })
  },
)
