import { z } from '@hono/zod-openapi'
import { operation } from '../kernel/operation.ts'
import { refusals } from './errors.ts'
import { CurrentKeyData, renderCurrentKey, SECURITY, TAGS } from './wire.ts'

/** `GET /key`: the caller's own key (docs/wire/openrouter.md#the-current-key). A key that has used up its limit may still call it. */
export const getCurrentKey = currentKeyAt('/key', {
  operationId: 'openrouterGetCurrentKey',
  summary: 'Get the key that is used as the credential',
})

/** `GET /auth/key`: the same at its old address (docs/wire/openrouter.md#transport). */
export const getCurrentKeyAlias = currentKeyAt('/auth/key', {
  operationId: 'openrouterGetCurrentKeyAlias',
  summary: 'The same as GET /key, at its old address',
})

function currentKeyAt(path: string, { operationId, summary }: { operationId: string; summary: string }) {
  const schema = z.object({ data: CurrentKeyData })
  return operation(
    {
      method: 'get',
      path,
      operationId,
      summary,
      tags: TAGS,
      security: SECURITY,
      responses: {
        200: { description: 'The key', content: { 'application/json': { schema } } },
        ...refusals(401, 403, 429, 500, 503),
      },
    },
    { callers: 'any_key', action: 'key.get_own', target: 'key', isLook: true },
    async (c) => c.json({ data: renderCurrentKey(await c.get('latchkey').ownKeys.look(c.get('call'))) }, 200),
  )
}
