import { z } from '@hono/zod-openapi'
import type { Context } from 'hono'
import { MAX } from '../../../core/ground/bounds.ts'
import type { KeyView } from '../../../core/keys/key-views.ts'
import { type NewKey, problemsOfKey } from '../../../core/keys/new-key.ts'
import type { KeyId, UserId, WorkspaceId } from '../../../core/types.ts'
import type { Env } from '../../kernel/env.ts'
import { instant, labels, uuid } from '../../kernel/input.ts'
import { operation } from '../../kernel/operation.ts'
import { idempotencyHeader, once } from '../idempotency.ts'
import { newLimits } from '../limits-wire.ts'
import { etag } from '../preconditions.ts'
import { given, json, jsonBody, problems, SECURITY } from '../wire.ts'
import { KeyOut, keyMembers, renderKey } from './key-wire.ts'

const CreateKey = z
  .strictObject({
    id: uuid<KeyId>().nullish().openapi({
      description:
        'Minted when absent. Only ADMIN and ROOT choose one: that it is taken would tell of other keys.',
    }),
    name: keyMembers.name.nullish(),
    access: keyMembers.access.nullish().openapi({ description: '`use` when absent.' }),
    disabled: z.boolean().nullish(),
    ownerId: uuid<UserId>().nullish().openapi({ description: 'The caller when absent.' }),
    workspaceId: uuid<WorkspaceId>().nullish().openapi({ description: 'The default workspace when absent.' }),
    externalUserId: keyMembers.externalUserId.nullish(),
    labels: labels
      .nullish()
      .openapi({ description: `At most ${MAX.labels}.`, example: { env: 'production' } }),
    permissions: keyMembers.permissions.nullish().openapi({ example: ['documents.read'] }),
    limits: newLimits.nullish().openapi({ example: { daily: '74.5' } }),
    includeByokInLimit: z.boolean().nullish(),
    rateLimits: keyMembers.rateLimits
      .nullish()
      .openapi({ example: [{ name: 'requests', limit: 100, window: '1m' }] }),
    allowedIps: keyMembers.allowedIps.nullish().openapi({ example: ['203.0.113.0/24'] }),
    notBefore: instant.nullish(),
    expiresAt: instant.nullish(),
  })
  .transform(
    ({ limits, ...members }): NewKey => ({
      access: 'use',
      ...given(members),
      ...(limits ? { limits: given(limits) } : {}),
    }),
  )
  .openapi('CreateKey')

/** A key and, where one was just minted, its secret. */
export const KeyWithSecret = z
  .object({
    key: KeyOut,
    secret: z.string().optional().openapi({
      description: 'Shown this once. Absent when an Idempotency-Key repeats an earlier answer.',
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
    description: 'The answer carries the secret, which is kept nowhere and shown this once.',
    tags: ['native'],
    security: SECURITY,
    request: { headers: idempotencyHeader, body: jsonBody(CreateKey) },
    responses: { 201: json(KeyWithSecret, 'The key and its secret.'), ...problems(409, 415, 422) },
  },
  { access: 'CREATE_APIKEY', action: 'key.create', target: 'key', alsoWrong },
  async (c) => {
    const input = c.req.valid('json')
    const { answer, replay } = await once<z.infer<typeof KeyWithSecret>>(c, 201, async (memory) => {
      const stored = (view: KeyView) => ({ key: renderKey(view) })
      const { view, secret } = await c.var.latchkey.keys.create(c.var.call, input, memory?.keep(stored))
      return { ...stored(view), secret: secret.reveal() }
    })
    return c.json(answer, 201, { location: `/v2/keys/${answer.key.id}`, ...etag(answer.key), ...replay })
  },
)

/** What makes no sense in what the schema takes, so that the caller hears of it together with what the schema refuses. */
function alsoWrong(c: Context<Env>, rest: unknown) {
  return problemsOfKey(rest as NewKey, c.var.latchkey.clock.now())
}
