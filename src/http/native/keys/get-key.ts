import { operation } from '../../kernel/operation.ts'
import { etag } from '../preconditions.ts'
import { json, problems, SECURITY } from '../wire.ts'
import { keyRef, keyRefParam } from './key-ref.ts'
import { KeyOut, renderKey } from './key-wire.ts'

/** `GET /keys/{id or hash}` (docs/api.md#read-and-list); also answers for a revoked key. */
export const getKey = operation(
  {
    method: 'get',
    path: '/keys/{ref}',
    operationId: 'getKey',
    summary: 'Read a key',
    tags: ['keys'],
    security: SECURITY,
    request: { params: keyRefParam },
    responses: { 200: json(KeyOut, 'The key.'), ...problems(404) },
  },
  { callers: 'DISPLAY_APIKEY', action: 'key.get', target: 'key' },
  async (c) => {
    const view = await c.get('latchkey').keys.get(c.get('call'), keyRef(c.req.valid('param').ref))
    return c.json(renderKey(view), 200, etag(view.key))
  },
)
