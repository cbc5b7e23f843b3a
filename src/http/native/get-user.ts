import { operation } from '../operation.ts'
import { etag } from './preconditions.ts'
import { renderUser, UserOut, userIdParam, userRef } from './user-wire.ts'
import { json, problems, SECURITY } from './wire.ts'

/** `GET /users/{id}` (spec.md §3.1): oneself, or anybody for an administrator. */
export const getUser = operation(
  {
    method: 'get',
    path: '/users/{id}',
    operationId: 'getUser',
    summary: 'Read a user',
    tags: ['native'],
    security: SECURITY,
    request: { params: userIdParam },
    responses: { 200: json(UserOut, 'The user.'), ...problems(404) },
  },
  { access: 'DISPLAY_USER', action: 'user.get', target: 'user' },
  async (c) => {
    const user = await c.var.latchkey.users.get(c.var.call, { id: userRef(c.req.valid('param').id) })
    return c.json(renderUser(user), 200, etag(user))
  },
)
