import { z } from '@hono/zod-openapi'
import { MAX } from '../../../core/ground/bounds.ts'
import type { KeyView } from '../../../core/keys/key-views.ts'
import { ACCESSES } from '../../../core/types.ts'
import { formatInstant } from '../../kernel/input.ts'
import { operation } from '../../kernel/operation.ts'
import { json, problems, SECURITY, timeOut, uuidOut } from '../wire.ts'
import { userIdParam, userRef } from './user-wire.ts'

const Stopping = z
  .object({
    id: uuidOut,
    name: z.string().openapi({ description: 'The name of the key.', example: 'Acme, nightly import' }),
    mask: z
      .string()
      .openapi({ description: 'The visible part of its current secret.', example: 'lk_003...tQq' }),
    access: z.enum(ACCESSES).openapi({ description: 'Its access: what the key is for.' }),
    workspaceId: uuidOut.openapi({ description: 'The workspace of the key.' }),
    externalUserId: z.string().nullable().openapi({ description: 'Your own id of whom the key is for.' }),
    lastUsedAt: timeOut
      .nullable()
      .openapi({ description: 'The last use; null for a key that was never used.' }),
  })
  .openapi('StoppingKey')

const Impact = z
  .object({
    keys: z.int().openapi({
      description: `How many keys work now and would stop; counted up to ${MAX.batchKeys}.`,
      example: 12,
    }),
    usedRecently: z
      .int()
      .openapi({ description: 'How many of them were used in the last 30 days.', example: 3 }),
    hasMore: z.boolean().openapi({ description: 'True when there are more keys than were counted.' }),
    data: z
      .array(Stopping)
      .max(MAX.pageSize)
      .openapi({ description: 'The keys that were used last, the latest first.' }),
  })
  .openapi('Impact')

/** `GET /users/{id}/impact`: the keys that would stop if the user were disabled. */
export const getImpact = operation(
  {
    method: 'get',
    path: '/users/{id}/impact',
    operationId: 'getImpact',
    summary: 'Tell what disabling a user would stop',
    description:
      'The keys of the user that work now. All of them stop when the user is disabled, unless they are handed over to another user before.',
    tags: ['users'],
    security: SECURITY,
    request: { params: userIdParam },
    responses: { 200: json(Impact, 'The keys that would stop.'), ...problems(404) },
  },
  { callers: 'MANAGE_USERS', action: 'user.get', target: 'user' },
  async (c) => {
    const id = userRef(c.req.valid('param').id)
    const { keys, usedRecently, isMore, shown } = await c.get('latchkey').departures.impact(c.get('call'), id)
    return c.json({ keys, usedRecently, hasMore: isMore, data: shown.map(renderStopping) }, 200)
  },
)

function renderStopping({ key }: KeyView): z.infer<typeof Stopping> {
  const { id, name, secrets, access, workspaceId, externalUserId, lastUsedAt } = key
  const used = lastUsedAt === null ? null : formatInstant(lastUsedAt)
  return { id, name, mask: secrets[0].mask, access, workspaceId, externalUserId, lastUsedAt: used }
}
