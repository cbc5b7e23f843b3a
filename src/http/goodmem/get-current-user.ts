import { operation } from '../kernel/operation.ts'
import { refusals } from './errors.ts'
import { renderUser, SECURITY, TAGS, UserResponse } from './wire.ts'

/** `GET /users/me`: the caller (docs/wire/goodmem.md#set-up-and-users). */
export const getCurrentUser = operation(
  {
    method: 'get',
    path: '/users/me',
    operationId: 'getCurrentUser',
    summary: 'Get the current user',
    tags: TAGS,
    security: SECURITY,
    responses: {
      200: { description: 'The caller', content: { 'application/json': { schema: UserResponse } } },
      ...refusals(401, 403, 429, 500, 503),
    },
  },
  { callers: 'DISPLAY_USER', action: 'user.get', target: 'user' },
  async (c) => {
    const latchkey = c.get('latchkey')
    const call = c.get('call')
    return c.json(renderUser(await latchkey.users.get(call, { id: call.principal.user.id })), 200)
  },
)
