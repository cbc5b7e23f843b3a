import { z } from '@hono/zod-openapi'
import { MAX } from '../../core/ground/bounds.ts'
import { text } from '../kernel/input.ts'
import { operation } from '../kernel/operation.ts'
import { refusals } from './errors.ts'
import { renderUser, SECURITY, TAGS, UserResponse } from './wire.ts'

/** `GET /users/email/{email}`: one user by e-mail address, whose letter case does not matter (docs/wire/goodmem.md#set-up-and-users). */
export const getUserByEmail = operation(
  {
    method: 'get',
    path: '/users/email/{email}',
    operationId: 'getUserByEmail',
    summary: 'Get a user by e-mail address',
    tags: TAGS,
    security: SECURITY,
    request: { params: z.object({ email: text(1, MAX.emailChars) }) },
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
