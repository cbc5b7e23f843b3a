import { z } from '@hono/zod-openapi'
import { operation } from '../kernel/operation.ts'
import { refusals } from './errors.ts'
import { hashParams, keyRefOf } from './key-input.ts'
import { KeyData, renderKey, SECURITY, TAGS } from './wire.ts'

/** `GET /keys/{hash}`: one key of any workspace, also a disabled or expired one. */
export const getKey = operation(
  {
    method: 'get',
    path: '/keys/{hash}',
    operationId: 'openrouterGetKey',
    summary: 'Get a key',
    tags: TAGS,
    security: SECURITY,
    request: { params: hashParams },
    responses: {
      200: {
        description: 'The key',
        content: { 'application/json': { schema: z.object({ data: KeyData }) } },
      },
      ...refusals(400, 401, 403, 404, 429, 500, 503),
    },
  },
  { callers: 'DISPLAY_APIKEY', action: 'key.get', target: 'key' },
  async (c) => {
    const ref = keyRefOf(c.req.valid('param'))
    const view = await c.get('latchkey').keys.get(c.get('call'), ref, { revokedIsGone: true })
    return c.json({ data: renderKey(view) }, 200)
  },
)
