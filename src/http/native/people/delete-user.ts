import { expectedRevision, ifMatchHeader } from '../preconditions.ts'
import { changing } from '../wait-wire.ts'
import { problems, SECURITY } from '../wire.ts'
import { userIdParam, userRef } from './user-wire.ts'

/** `DELETE /users/{id}` (docs/api.md#users-and-workspaces). */
export const deleteUser = changing(
  {
    method: 'delete',
    path: '/users/{id}',
    operationId: 'deleteUser',
    summary: 'Delete a user',
    description: 'Possible only when all its keys are revoked.',
    tags: ['users'],
    security: SECURITY,
    request: { params: userIdParam, headers: ifMatchHeader },
    responses: { 204: { description: 'Done.' }, ...problems(404, 409, 412) },
  },
  { callers: 'MANAGE_USERS', action: 'user.delete', target: 'user' },
  async (c) => {
    const id = userRef(c.req.valid('param').id)
    await c.get('latchkey').users.remove(c.get('call'), id, expectedRevision(c.req.valid('header')))
    return c.body(null, 204)
  },
)
