import { z } from '@hono/zod-openapi'
import { type Operation, operation } from '../kernel/operation.ts'
import { problemResponse } from '../kernel/problem.ts'
import { ANY_FAILURE } from '../kernel/responses.ts'
import type { Measurements } from './measurements.ts'

/** `GET /metrics` (docs/api.md#for-operators), in Prometheus' text form. */
export function getMetrics(measurements: Measurements): Operation {
  return operation(
    {
      method: 'get',
      path: '/metrics',
      operationId: 'getMetrics',
      summary: 'Measurements of this process',
      description: 'In the text form of Prometheus. Never names a key.',
      tags: ['operations'],
      security: [{ bearer: [] }, { apiKey: [] }],
      responses: {
        200: { description: 'The measurements.', content: { 'text/plain': { schema: z.string() } } },
        ...ANY_FAILURE,
        401: problemResponse('No usable credential.'),
        403: problemResponse('The credential may not do this.'),
        429: problemResponse('Too many failed authentications.'),
        503: problemResponse('The database cannot be reached.'),
      },
    },
    // A scraper calls for as long as it runs, and must not use up the rate of the same credential's other calls.
    { callers: 'READ_METRICS', action: 'metrics.read', target: 'system', dataPlane: true },
    async (c) => c.text(await measurements.text(), 200, { 'content-type': measurements.contentType }),
  )
}
