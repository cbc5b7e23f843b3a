import { z } from '@hono/zod-openapi'
import { Fault } from '../../core/ground/faults.ts'
import type { KeyPatch } from '../../core/keys/new-key.ts'
import { labels } from '../kernel/input.ts'
import { operation } from '../kernel/operation.ts'
import { refusals } from './errors.ts'
import { ApiKeyResponse, apiKeyId, renderKey, SECURITY, TAGS } from './wire.ts'

const status = z
  .string()
  .regex(/^(?:active|inactive)$/i, 'Must be ACTIVE or INACTIVE')
  .transform((text) => text.toUpperCase() as 'ACTIVE' | 'INACTIVE')

const UpdateApiKeyRequest = z
  .strictObject({
    status: status.nullish().openapi({
      type: ['string', 'null'],
      enum: ['ACTIVE', 'INACTIVE', null],
      description: 'Letter case does not matter.',
    }),
    replaceLabels: labels.nullish().openapi({ description: 'The whole map anew; {} clears it.' }),
    mergeLabels: labels.nullish().openapi({ description: 'Single entries; the others stay.' }),
    // Early clients send this member, because their generator invented it (docs/wire/goodmem.md#transport).
    validateLabelStrategy: z.unknown().optional().openapi({
      description: 'Accepted and not used, because clients send it.',
      deprecated: true,
    }),
  })
  .openapi('UpdateApiKeyRequest')

type Update = z.infer<typeof UpdateApiKeyRequest>

/** `PUT /apikeys/{id}`: changes status and labels, and nothing else (docs/wire/goodmem.md#change-or-delete-a-key). */
export const updateApiKey = operation(
  {
    method: 'put',
    path: '/apikeys/{id}',
    operationId: 'updateApiKey',
    summary: 'Update an API key',
    tags: TAGS,
    security: SECURITY,
    request: {
      params: z.object({ id: apiKeyId }),
      body: { required: true, content: { 'application/json': { schema: UpdateApiKeyRequest } } },
    },
    responses: {
      200: {
        description: 'The key as it now is',
        content: { 'application/json': { schema: ApiKeyResponse } },
      },
      ...refusals(400, 401, 403, 404, 408, 409, 413, 415, 429, 500, 503),
    },
  },
  { callers: 'UPDATE_APIKEY', action: 'key.update', target: 'key' },
  async (c) => {
    const { keys } = c.get('latchkey')
    const update = c.req.valid('json')
    const change = { patch: patchOf(update), revokedIsGone: true, foreignIsTold: true } as const
    try {
      return c.json(renderKey(await keys.update(c.get('call'), c.req.valid('param'), change)), 200)
    } catch (error) {
      throw inWireWords(error, update)
    }
  },
)

function patchOf({ status, replaceLabels, mergeLabels }: Update): KeyPatch {
  const patch: KeyPatch = {}
  if (status) patch.disabled = status === 'INACTIVE'
  if (replaceLabels && mergeLabels) {
    const message = "Only one of 'replaceLabels' or 'mergeLabels' can be provided, not both"
    throw new Fault('input_invalid', { message, errors: [] })
  }
  if (replaceLabels) patch.labels = { replace: replaceLabels }
  if (mergeLabels) patch.labels = { merge: mergeLabels }
  return patch
}

/** The core calls the member `labels`; the caller sent it under another name. */
function inWireWords(error: unknown, { mergeLabels }: Update): unknown {
  if (!(error instanceof Fault) || error.code !== 'input_invalid') return error
  const sent = mergeLabels ? 'mergeLabels' : 'replaceLabels'
  const errors = (error.details.errors ?? []).map((each) => ({
    ...each,
    place: each.place.map((step, index) => (index === 0 && step === 'labels' ? sent : step)),
  }))
  return new Fault('input_invalid', { ...error.details, errors }, { cause: error })
}
