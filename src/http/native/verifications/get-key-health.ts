import { z } from '@hono/zod-openapi'
import { MAX } from '../../../core/ground/bounds.ts'
import { operation } from '../../kernel/operation.ts'
import { json, problems, SECURITY } from '../wire.ts'

const counted = z
  .object({
    count: z.int().openapi({ description: `At most ${MAX.risksCounted}.`, example: 12 }),
    isMore: z.boolean().openapi({ description: 'True when the real number is higher than the count.' }),
  })
  .openapi('CountedKeys')

const KeyHealth = z
  .object({
    unlimited: counted.openapi({
      description: 'Without a limit of their own: `GET /v2/keys?unlimited=true`.',
    }),
    neverExpires: counted.openapi({
      description: 'Keys without an expiry: `GET /v2/keys?neverExpires=true`.',
    }),
    unused: counted.openapi({
      description:
        'Keys that are at least 90 days old and were not used for 90 days: `GET /v2/keys?unusedSince=…&createdBefore=…`.',
    }),
    nearLimit: counted.openapi({
      description:
        'Keys that have used 80 % of one of their limits in a running window: `GET /v2/keys?nearLimit=true`.',
    }),
    expiresSoon: counted.openapi({
      description: 'Expire within 7 days: `GET /v2/keys?status=active&expiresBefore=…`.',
    }),
  })
  .openapi('KeyHealth')

/** `GET /keys/health` (docs/api.md#how-verifies-went). */
export const getKeyHealth = operation(
  {
    method: 'get',
    path: '/keys/health',
    operationId: 'getKeyHealth',
    summary: 'Count keys at risk',
    description:
      'Counts the keys that are not revoked. A caller that sees only its own keys gets the counts of those.',
    tags: ['verify'],
    security: SECURITY,
    responses: { 200: json(KeyHealth, 'How many there are of each kind.'), ...problems() },
  },
  { callers: 'LIST_APIKEY', action: 'key.list', target: 'key' },
  async (c) => {
    const risks = await c.get('latchkey').history.risks(c.get('call'))
    const of = (count: number) => ({
      count: Math.min(count, MAX.risksCounted),
      isMore: count > MAX.risksCounted,
    })
    const { unlimited, neverExpires, unused, nearLimit, expiresSoon } = risks
    return c.json(
      {
        unlimited: of(unlimited),
        neverExpires: of(neverExpires),
        unused: of(unused),
        nearLimit: of(nearLimit),
        expiresSoon: of(expiresSoon),
      },
      200,
    )
  },
)
