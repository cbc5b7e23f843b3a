import { z } from '@hono/zod-openapi'
import type { Context } from 'hono'
import type { KeyView } from '../../../core/keys/key-views.ts'
import { type NewKey, problemsOfKey } from '../../../core/keys/new-key.ts'
import type { Env } from '../../kernel/env.ts'
import { operation } from '../../kernel/operation.ts'
import { idempotencyHeader, once } from '../idempotency.ts'
import { etag } from '../preconditions.ts'
import { json, jsonBody, problems, SECURITY } from '../wire.ts'
import { KeyOut, renderKey } from './key-wire.ts'
import { newKeyMembers, newKeyOf } from './new-key-wire.ts'
import { requireSight } from './replayed-key.ts'

const CreateKey = z.strictObject(newKeyMembers).transform(newKeyOf).openapi('CreateKey')

/** A key, with its secret if one was just made. */
export const KeyWithSecret = z
  .object({
    key: KeyOut,
    secret: z.string().optional().openapi({
      description: 'Shown only in this answer. Absent when an Idempotency-Key repeats an earlier answer.',
      example: 'lk_003aUlTJC7tjlCTQj2uNU3MFagCXG9LRKRcwGkBIDlf3TQtQq',
    }),
  })
  .openapi('KeyWithSecret')

/** `POST /keys` (docs/api.md#make-a-key). */
export const createKey = operation(
  {
    method: 'post',
    path: '/keys',
    operationId: 'createKey',
    summary: 'Create a key',
    description: 'The answer has the secret, which is shown only here and is not stored.',
    tags: ['keys'],
    security: SECURITY,
    request: { headers: idempotencyHeader, body: jsonBody(CreateKey) },
    responses: { 201: json(KeyWithSecret, 'The key and its secret.'), ...problems(409, 415, 422) },
  },
  { callers: 'CREATE_APIKEY', action: 'key.create', target: 'key', alsoWrong },
  async (c) => {
    const input = c.req.valid('json')
    const { answer, replay } = await once<z.infer<typeof KeyWithSecret>>(
      c,
      201,
      async (memory) => {
        const stored = (view: KeyView) => ({ key: renderKey(view) })
        const { view, secret } = await c
          .get('latchkey')
          .keys.create(c.get('call'), input, memory?.keep(stored))
        return { ...stored(view), secret: secret.reveal() }
      },
      requireSight(c),
    )
    return c.json(answer, 201, { location: `/v2/keys/${answer.key.id}`, ...etag(answer.key), ...replay })
  },
)

/** The errors that only the domain finds, so that one answer reports them together with those of the schema. */
function alsoWrong(c: Context<Env>, rest: unknown) {
  return problemsOfKey(rest as NewKey, c.get('latchkey').clock.now())
}
