import { z } from '@hono/zod-openapi'
import { instant, usd } from '../../kernel/input.ts'
import { etag, expectedRevision, ifMatchHeader } from '../preconditions.ts'
import { changing } from '../wait-wire.ts'
import { json, jsonBody, problems, SECURITY } from '../wire.ts'
import { limitParams, limitWindow } from './boost-wire.ts'
import { keyRef } from './key-ref.ts'
import { KeyOut, renderKey } from './key-wire.ts'

const SetBoost = z
  .strictObject({
    amount: usd.openapi({ description: 'The amount that is added to the limit.' }),
    until: instant.openapi({ description: 'First instant at which it no longer counts.' }),
  })
  .openapi('SetBoost')

/** `PUT /keys/{id or hash}/boosts/{window}`: raises one limit for a time. The amount spent in its window stays. */
export const setBoost = changing(
  {
    method: 'put',
    path: '/keys/{ref}/boosts/{window}',
    operationId: 'setBoost',
    summary: 'Raise a limit for a time',
    description:
      'Raises one limit of the key until a given time, in place of an earlier boost of that window. The spending stays as it is; no call resets it.',
    tags: ['keys'],
    security: SECURITY,
    request: { params: limitParams, headers: ifMatchHeader, body: jsonBody(SetBoost) },
    responses: { 200: json(KeyOut, 'The key as it now stands.'), ...problems(404, 409, 412, 415) },
  },
  { callers: 'UPDATE_APIKEY', action: 'key.boost', target: 'key' },
  async (c) => {
    const { ref, window } = c.req.valid('param')
    const expected = expectedRevision(c.req.valid('header'))
    const order = { window: limitWindow(window), boost: c.req.valid('json'), ...expected }
    const view = await c.get('latchkey').keys.boost(c.get('call'), keyRef(ref), order)
    return c.json(renderKey(view), 200, etag(view.key))
  },
)
