import { operation } from '../../kernel/operation.ts'
import { renderBudget } from '../budget-wire.ts'
import { etag } from '../preconditions.ts'
import { json, problems, SECURITY } from '../wire.ts'
import { renderUser, UserWithBudget, userIdParam, userRef } from './user-wire.ts'

/** `GET /users/{id}` (docs/api.md#users-and-workspaces): oneself, or anybody for an administrator. */
export const getUser = operation(
  {
    method: 'get',
    path: '/users/{id}',
    operationId: 'getUser',
    summary: 'Read a user',
    tags: ['users'],
    security: SECURITY,
    request: { params: userIdParam },
    responses: { 200: json(UserWithBudget, 'The user.'), ...problems(404) },
  },
  { callers: 'DISPLAY_USER', action: 'user.get', target: 'user' },
  async (c) => {
    const call = c.get('call')
    const latchkey = c.get('latchkey')
    const user = await latchkey.users.get(call, { id: userRef(c.req.valid('param').id) })
    const budget = await latchkey.accounts.budgetOfUser(call, user)
    return c.json({ ...renderUser(user), budget: budget.map(renderBudget) }, 200, etag(user))
  },
)
