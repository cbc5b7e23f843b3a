import { z } from '@hono/zod-openapi'
import { operation } from '../kernel/operation.ts'
import { ANY_FAILURE } from '../kernel/responses.ts'

/** `GET /livez` (docs/api.md#for-whoever-runs-the-server): the process answers; no work at all. */
export const getLiveness = operation(
  {
    method: 'get',
    path: '/livez',
    operationId: 'getLiveness',
    summary: 'Whether the process answers',
    tags: ['operations'],
    security: [],
    responses: {
      200: { description: 'It does.', content: { 'text/plain': { schema: z.literal('ok') } } },
      ...ANY_FAILURE,
    },
  },
  { access: 'public', action: 'system.live', target: 'system', probe: true },
  (c) => c.text('ok' as const, 200),
)
