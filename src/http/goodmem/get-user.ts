import { z } from '@hono/zod-openapi'
import { operation } from '../kernel/operation.ts'
import { refusals } from './errors.ts'
import { renderUser, SECURITY, TAGS, UserResponse, userId } from './wire.ts'

/** `GET /users/{id}`: one user by id (docs/wire/goodmem.md#set-up-and-users). */
export const getUser = operation(
  {
    method: 'get',
    path: '/users/{id}',
    operationId: 'getUser',
    summary: 'Get a user by id',
    tags: TAGS,
    security: SECURITY,
    request: { params: z.object({ id: userId }) },
    responses: {
      200: { description: 'The user', content: { 'application/json': { schema: UserResponse } } },
      ...refusals(400, 401, 403, 404, 429, 500, 503),
    },
  },
  { callers: 'DISPLAY_USER', action: 'user.get', target: 'user' },
  async (c) => {
    const user = await c.get('latchkey').users.get(c.get('call'), c.req.valid('param'))
    return c.json(renderUser(user), 200)
  },
)
