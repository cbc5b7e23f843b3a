import { z } from '@hono/zod-openapi'
import type { KeyPatch } from '../../core/keys/new-key.ts'
import { changedLimit } from '../../core/keys/one-limit.ts'
import { operation } from '../kernel/operation.ts'
import { refusals } from './errors.ts'
import { hashParams, keyRefOf, limitChangeOf, limitMembers, nameInput } from './key-input.ts'
import { KeyData, renderKey, SECURITY, TAGS } from './wire.ts'

// `expires_at` and `workspace_id` cannot be changed; they are ignored like unknown members.
const body = z
  .object({
    name: nameInput.optional(),
    disabled: z.boolean().optional(),
    ...limitMembers,
    include_byok_in_limit: z.boolean().optional(),
  })
  .openapi('OpenRouterUpdateKey')

/** `PATCH /keys/{hash}`: an absent member keeps its value, null clears it (docs/wire/openrouter.md#one-limit-out-of-four). */
export const updateKey = operation(
  {
    method: 'patch',
    path: '/keys/{hash}',
    operationId: 'openrouterUpdateKey',
    summary: 'Change a key',
    tags: TAGS,
    security: SECURITY,
    request: {
      params: hashParams,
      body: { required: true, content: { 'application/json': { schema: body } } },
    },
    responses: {
      200: {
        description: 'The key as it stands now',
        content: { 'application/json': { schema: z.object({ data: KeyData }) } },
      },
      ...refusals(400, 401, 403, 404, 408, 409, 413, 429, 500, 503),
    },
  },
  { callers: 'UPDATE_APIKEY', action: 'key.update', target: 'key' },
  async (c) => {
    const latchkey = c.get('latchkey')
    const call = c.get('call')
    const ref = keyRefOf(c.req.valid('param'))
    const input = c.req.valid('json')
    const limitChange = limitChangeOf(input)
    // Which limit binds depends on the spending, so it is read here; everything else is decided from the locked key.
    const { spend, reserved, at } = await latchkey.keys.get(call, ref, { revokedIsGone: true })
    const view = await latchkey.keys.update(call, ref, {
      revokedIsGone: true,
      patch: (key) => ({
        ...plainPatchOf(input),
        ...changedLimit({ key, spend, reserved, at }, limitChange),
      }),
    })
    return c.json({ data: renderKey(view) }, 200)
  },
)

function plainPatchOf({ name, disabled, include_byok_in_limit }: z.output<typeof body>): KeyPatch {
  return {
    ...(name === undefined ? {} : { name }),
    ...(disabled === undefined ? {} : { disabled }),
    ...(include_byok_in_limit === undefined ? {} : { includeByokInLimit: include_byok_in_limit }),
  }
}
