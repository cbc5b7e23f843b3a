import { z } from '@hono/zod-openapi'
import { MAX } from '../../../core/ground/bounds.ts'
import type { KeyView } from '../../../core/keys/key-views.ts'
import { duration } from '../../kernel/input.ts'
import { idempotencyHeader, once } from '../idempotency.ts'
import { etag, expectedRevision, ifMatchHeader } from '../preconditions.ts'
import { changing } from '../wait-wire.ts'
import { json, problems, SECURITY } from '../wire.ts'
import { KeyWithSecret } from './create-key.ts'
import { keyRef, keyRefParam } from './key-ref.ts'
import { renderKey } from './key-wire.ts'
import { requireSight } from './replayed-key.ts'

const RotateKey = z
  .strictObject({
    overlap: duration({ minMs: 0, maxMs: MAX.overlapMs }).nullish().openapi({
      description: 'How long the old secrets keep working; `0s`, the default, ends them at once.',
    }),
  })
  .openapi('RotateKey')

/** `POST /keys/{id or hash}/rotate` (docs/api.md#rotate-and-revoke). */
export const rotateKey = changing(
  {
    method: 'post',
    path: '/keys/{ref}/rotate',
    operationId: 'rotateKey',
    summary: 'Give a key a new secret',
    description:
      'Id, hash, limits and history do not change. The old secrets work until the overlap ends or the key expires.',
    tags: ['keys'],
    security: SECURITY,
    request: {
      params: keyRefParam,
      headers: idempotencyHeader.extend(ifMatchHeader.shape),
      body: { content: { 'application/json': { schema: RotateKey } } },
    },
    responses: {
      200: json(KeyWithSecret, 'The key and its new secret.'),
      ...problems(404, 409, 412, 415, 422),
    },
  },
  { callers: 'UPDATE_APIKEY', action: 'key.rotate', target: 'key' },
  async (c) => {
    const ref = keyRef(c.req.valid('param').ref)
    const expected = expectedRevision(c.req.valid('header'))
    const overlapMs = c.req.valid('json').overlap ?? 0
    const { answer, replay } = await once<z.infer<typeof KeyWithSecret>>(
      c,
      200,
      async (memory) => {
        const stored = (view: KeyView) => ({ key: renderKey(view) })
        const remember = memory === undefined ? {} : { remember: memory.keep(stored) }
        const rotation = { overlapMs, ...expected, ...remember }
        const { view, secret } = await c.get('latchkey').keys.rotate(c.get('call'), ref, rotation)
        return { ...stored(view), secret: secret.reveal() }
      },
      requireSight(c),
    )
    return c.json(answer, 200, { ...etag(answer.key), ...replay })
  },
)
