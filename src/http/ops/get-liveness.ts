import { z } from '@hono/zod-openapi'
import type { NativeRoute } from '../kernel/env.ts'
import { operation } from '../kernel/operation.ts'
import { ANY_FAILURE } from '../kernel/responses.ts'

/**
 * The same answer as one constant, which the server sends without running our code. It has no request id, because there is nothing to
 * ask about later.
 */
export const LIVENESS: NativeRoute = {
  path: '/livez',
  method: 'GET',
  answer: new Response('ok', {
    headers: {
      'content-type': 'text/plain; charset=UTF-8',
      'x-content-type-options': 'nosniff',
      'cache-control': 'no-store',
    },
  }),
}

/** `GET /livez` (docs/api.md#for-operators): the process answers. It does no work at all. */
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
  { callers: 'public', action: 'system.live', target: 'system', probe: true },
  (c) => c.text('ok' as const, 200),
)
