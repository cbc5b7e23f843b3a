import { z } from '@hono/zod-openapi'
import { labels } from '../kernel/input.ts'
import { operation } from '../kernel/operation.ts'
import { refusals } from './errors.ts'
import { ApiKeyResponse, apiKeyId, expiresAt, renderKey, SECURITY, TAGS, withoutNulls } from './wire.ts'

const CreateApiKeyRequest = z
  .strictObject({
    labels: labels.nullish(),
    expiresAt: expiresAt.nullish().openapi({ type: ['integer', 'string', 'null'] }),
    apiKeyId: apiKeyId.nullish().openapi({ type: ['string', 'null'], description: 'Chosen by the caller.' }),
  })
  .openapi('CreateApiKeyRequest')

const CreateApiKeyResponse = z
  .object({
    apiKeyMetadata: ApiKeyResponse,
    rawApiKey: z.string().openapi({ description: 'The secret. It is shown this once.' }),
  })
  .openapi('CreateApiKeyResponse')

/** `POST /apikeys`: makes a key for the caller itself (docs/wire/goodmem.md#make-a-key). */
export const createApiKey = operation(
  {
    method: 'post',
    path: '/apikeys',
    operationId: 'createApiKey',
    summary: 'Create a new API key',
    tags: TAGS,
    security: SECURITY,
    request: {
      body: { required: true, content: { 'application/json': { schema: CreateApiKeyRequest } } },
    },
    responses: {
      201: {
        description: 'The key and its secret',
        headers: z.object({ Location: z.string().openapi({ description: 'The address of the new key.' }) }),
        content: { 'application/json': { schema: CreateApiKeyResponse } },
      },
      ...refusals(400, 401, 403, 408, 409, 413, 415, 429, 500, 503),
    },
  },
  { callers: 'CREATE_APIKEY', action: 'key.create', target: 'key' },
  async (c) => {
    const { keys, settings } = c.get('latchkey')
    const { apiKeyId: id, labels, expiresAt } = c.req.valid('json')
    const { view, secret } = await keys.create(c.get('call'), {
      ...withoutNulls({ id, labels, expiresAt }),
      access: 'full',
      idChosenByAnybody: true,
      prefix: settings.surfacePrefixes.goodmem ?? settings.keyPrefix,
    })
    c.header('location', `/v1/apikeys/${view.key.id}`)
    return c.json({ apiKeyMetadata: renderKey(view), rawApiKey: secret.reveal() }, 201)
  },
)
