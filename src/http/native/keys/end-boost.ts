import { etag, expectedRevision, ifMatchHeader } from '../preconditions.ts'
import { changing } from '../wait-wire.ts'
import { json, problems, SECURITY } from '../wire.ts'
import { limitParams, limitWindow } from './boost-wire.ts'
import { keyRef } from './key-ref.ts'
import { KeyOut, renderKey } from './key-wire.ts'

/** `DELETE /keys/{id or hash}/boosts/{window}`: ends a boost early. */
export const endBoost = changing(
  {
    method: 'delete',
    path: '/keys/{ref}/boosts/{window}',
    operationId: 'endBoost',
    summary: 'End a boost',
    description:
      'When the call answers, the limit no longer includes the boost. Without a boost it changes nothing.',
    tags: ['keys'],
    security: SECURITY,
    request: { params: limitParams, headers: ifMatchHeader },
    responses: { 200: json(KeyOut, 'The key as it now stands.'), ...problems(404, 409, 412) },
  },
  { callers: 'UPDATE_APIKEY', action: 'key.boost', target: 'key' },
  async (c) => {
    const { ref, window } = c.req.valid('param')
    const expected = expectedRevision(c.req.valid('header'))
    const order = { window: limitWindow(window), boost: null, ...expected }
    const view = await c.get('latchkey').keys.boost(c.get('call'), keyRef(ref), order)
    return c.json(renderKey(view), 200, etag(view.key))
  },
)
