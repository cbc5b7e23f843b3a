import { z } from '@hono/zod-openapi'
import { operation } from '../kernel/operation.ts'
import { refusals } from './errors.ts'
import { ApiKeyResponse, apiKeyId, renderKey, SECURITY, TAGS } from './wire.ts'

/** `GET /apikeys/{id}`: one key. GoodMem's first version lacks this call (docs/wire/goodmem.md#change-or-delete-a-key). */
export const getApiKey = operation(
  {
    method: 'get',
    path: '/apikeys/{id}',
    operationId: 'getApiKey',
    summary: 'Get an API key',
    tags: TAGS,
    security: SECURITY,
    request: { params: z.object({ id: apiKeyId }) },
    responses: {
      200: { description: 'The key', content: { 'application/json': { schema: ApiKeyResponse } } },
      ...refusals(400, 401, 403, 404, 429, 500, 503),
    },
  },
  { callers: 'DISPLAY_APIKEY', action: 'key.get', target: 'key' },
  async (c) => {
    const view = await c.get('latchkey').keys.get(c.get('call'), c.req.valid('param'), {
      revokedIsGone: true,
      foreignIsTold: true,
    })
    return c.json(renderKey(view), 200)
  },
)
