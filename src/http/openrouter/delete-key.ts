import { z } from '@hono/zod-openapi'
import { operation } from '../kernel/operation.ts'
import { refusals } from './errors.ts'
import { hashParams, keyRefOf } from './key-input.ts'
import { SECURITY, TAGS } from './wire.ts'

/** `DELETE /keys/{hash}`: revokes a key for good; a second call finds no key (docs/wire/openrouter.md#read-change-delete). */
export const deleteKey = operation(
  {
    method: 'delete',
    path: '/keys/{hash}',
    operationId: 'openrouterDeleteKey',
    summary: 'Delete a key',
    tags: TAGS,
    security: SECURITY,
    request: { params: hashParams },
    responses: {
      200: {
        description: 'The key no longer works anywhere',
        content: { 'application/json': { schema: z.object({ deleted: z.literal(true) }) } },
      },
      ...refusals(400, 401, 403, 404, 409, 429, 500, 503),
    },
  },
  { callers: 'DELETE_APIKEY', action: 'key.revoke', target: 'key' },
  async (c) => {
    const ref = keyRefOf(c.req.valid('param'))
    await c.get('latchkey').keys.revoke(c.get('call'), ref, { reason: null, revokedIsGone: true })
    return c.json({ deleted: true as const }, 200)
  },
)
