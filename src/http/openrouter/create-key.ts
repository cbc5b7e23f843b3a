import { z } from '@hono/zod-openapi'
import { MAX } from '../../core/ground/bounds.ts'
import type { NewKey } from '../../core/keys/new-key.ts'
import { firstLimit } from '../../core/keys/one-limit.ts'
import type { UserId, WorkspaceId } from '../../core/types.ts'
import { instant, uuid } from '../kernel/input.ts'
import { operation } from '../kernel/operation.ts'
import { refusals } from './errors.ts'
import { limitChangeOf, limitMembers, nameInput } from './key-input.ts'
import { KeyData, renderKey, SECURITY, TAGS } from './wire.ts'

// Members that are not listed here are ignored, because newer clients add some.
const body = z
  .object({
    name: nameInput,
    ...limitMembers,
    include_byok_in_limit: z.boolean().optional(),
    expires_at: instant.nullable().optional(),
    creator_user_id: uuid<UserId>().nullable().optional(),
    workspace_id: uuid<WorkspaceId>().optional(),
    external: z
      .object({
        user: z.string().trim().min(1).max(MAX.externalUserIdChars),
        api_key: z
          .undefined('Keys that were made elsewhere are not taken.')
          .optional()
          .openapi({ type: 'string' }),
      })
      .optional(),
  })
  .openapi('OpenRouterCreateKey')

/** `POST /keys`: makes a key for the data plane and shows its text, only this time (docs/wire/openrouter.md#make-a-key). */
export const createKey = operation(
  {
    method: 'post',
    path: '/keys',
    operationId: 'openrouterCreateKey',
    summary: 'Create a key',
    tags: TAGS,
    security: SECURITY,
    request: { body: { required: true, content: { 'application/json': { schema: body } } } },
    responses: {
      201: {
        description: 'The new key and, in `key`, its text, which is never shown again',
        content: { 'application/json': { schema: z.object({ data: KeyData, key: z.string() }) } },
      },
      ...refusals(400, 401, 403, 408, 409, 413, 429, 500, 503),
    },
  },
  { callers: 'CREATE_APIKEY', action: 'key.create', target: 'key' },
  async (c) => {
    const latchkey = c.get('latchkey')
    const call = c.get('call')
    const { surfacePrefixes, keyPrefix } = latchkey.settings
    const input = newKeyOf(c.req.valid('json'), surfacePrefixes.openrouter ?? keyPrefix)
    const { view, secret } = await latchkey.keys.create(call, input)
    return c.json({ data: renderKey(view), key: secret.reveal() }, 201)
  },
)

function newKeyOf(input: z.output<typeof body>, prefix: string): NewKey {
  const { include_byok_in_limit, creator_user_id, workspace_id, external } = input
  return {
    access: 'use',
    prefix,
    name: input.name,
    expiresAt: input.expires_at ?? null,
    externalUserId: external?.user ?? null,
    includeByokInLimit: include_byok_in_limit ?? false,
    ...firstLimit(limitChangeOf(input)),
    // The member that the request attributes the key to owns it; otherwise the caller does.
    ...(typeof creator_user_id === 'string' ? { ownerId: creator_user_id } : {}),
    ...(workspace_id === undefined ? {} : { workspaceId: workspace_id }),
  }
}
