import { z } from '@hono/zod-openapi'
import { operation } from '../kernel/operation.ts'
import { refusals } from './errors.ts'
import { apiKeyId, SECURITY, TAGS } from './wire.ts'

/** `DELETE /apikeys/{id}`: revokes a key for good; afterwards it is unknown here (docs/wire/goodmem.md#change-or-delete-a-key). */
export const deleteApiKey = operation(
  {
    method: 'delete',
    path: '/apikeys/{id}',
    operationId: 'deleteApiKey',
    summary: 'Delete an API key',
    tags: TAGS,
    security: SECURITY,
    request: { params: z.object({ id: apiKeyId }) },
    responses: {
      204: { description: 'The key no longer works anywhere' },
      ...refusals(400, 401, 403, 404, 409, 429, 500, 503),
    },
  },
  { callers: 'DELETE_APIKEY', action: 'key.revoke', target: 'key' },
  async (c) => {
    await c.get('latchkey').keys.revoke(c.get('call'), c.req.valid('param'), {
      reason: null,
      revokedIsGone: true,
      foreignIsTold: true,
    })
    return c.body(null, 204)
  },
)
