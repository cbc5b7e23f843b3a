import { z } from '@hono/zod-openapi'
import { type Operation, operation } from '../kernel/operation.ts'
import { problemResponse } from '../kernel/problem.ts'
import { ANY_FAILURE } from '../kernel/responses.ts'

const Ready = z.object({ status: z.literal('ready') }).openapi('Readiness')

/**
 * `GET /readyz` (docs/api.md#for-whoever-runs-the-server): the process and its database can do their work. `check` fails
 * when they cannot.
 */
export function getReadiness(check: () => Promise<void>): Operation {
  let underWay: Promise<void> | null = null
  // Whoever asks while a check runs gets its outcome, so that asking often costs no more than asking.
  const oneCheck = () => {
    underWay ??= check().finally(() => {
      underWay = null
    })
    return underWay
  }
  return operation(
    {
      method: 'get',
      path: '/readyz',
      operationId: 'getReadiness',
      summary: 'Whether requests should be sent here',
      tags: ['operations'],
      security: [],
      responses: {
        200: { description: 'They should.', content: { 'application/json': { schema: Ready } } },
        ...ANY_FAILURE,
        503: problemResponse('The database cannot be reached, or is not of this version.'),
      },
    },
    { callers: 'public', action: 'system.ready', target: 'system', probe: true },
    async (c) => {
      await oneCheck()
      return c.json({ status: 'ready' as const }, 200)
    },
  )
}
