import { operation } from '../../kernel/operation.ts'

import {
  CROSSINGS_DESCRIPTION,
  CROSSINGS_SHOWN,
  CrossingsOut,
  NO_FILTERS,
  renderCrossings,
} from '../threshold-wire.ts'
import { json, problems, SECURITY } from '../wire.ts'
import { userIdParam, userRef } from './user-wire.ts'

/** `GET /users/{id}/thresholds`. */
export const listUserThresholds = operation(
  {
    method: 'get',
    path: '/users/{id}/thresholds',
    operationId: 'listUserThresholds',
    summary: 'List the thresholds of limits that a user has crossed',
    description: CROSSINGS_DESCRIPTION,
    tags: ['native'],
    security: SECURITY,
    request: { params: userIdParam, query: NO_FILTERS },
    responses: { 200: json(CrossingsOut, 'The crossings.'), ...problems(404) },
  },
  { callers: 'DISPLAY_USER', action: 'user.thresholds', target: 'user' },
  async (c) => {
    const account = { kind: 'user', id: userRef(c.req.valid('param').id) } as const
    const crossings = await c.var.latchkey.accounts.crossings(c.var.call, account, CROSSINGS_SHOWN)
    return c.json(renderCrossings(crossings), 200)
  },
)
