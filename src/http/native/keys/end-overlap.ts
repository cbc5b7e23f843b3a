import { etag, expectedRevision, ifMatchHeader } from '../preconditions.ts'
import { changing } from '../wait-wire.ts'
import { json, problems, SECURITY } from '../wire.ts'
import { keyRef, keyRefParam } from './key-ref.ts'
import { KeyOut, renderKey } from './key-wire.ts'

/** `DELETE /keys/{id or hash}/secrets/previous` (docs/api.md#rotate-and-revoke). */
export const endOverlap = changing(
  {
    method: 'delete',
    path: '/keys/{ref}/secrets/previous',
    operationId: 'endOverlap',
    summary: 'End the overlap of a rotation',
    description: 'When the call answers, only the current secret works.',
    tags: ['keys'],
    security: SECURITY,
    request: { params: keyRefParam, headers: ifMatchHeader },
    responses: { 200: json(KeyOut, 'The key as it now stands.'), ...problems(404, 409, 412) },
  },
  { callers: 'UPDATE_APIKEY', action: 'key.end_overlap', target: 'key' },
  async (c) => {
    const ref = keyRef(c.req.valid('param').ref)
    const view = await c
      .get('latchkey')
      .keys.endOverlap(c.get('call'), ref, expectedRevision(c.req.valid('header')))
    return c.json(renderKey(view), 200, etag(view.key))
  },
)
