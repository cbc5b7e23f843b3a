import { z } from '@hono/zod-openapi'
import { MAX } from '../../../core/ground/bounds.ts'
import { operation } from '../../kernel/operation.ts'
import { json, problems, SECURITY, uuidOut } from '../wire.ts'
import { historyAsked, historyQuery, IntervalOut, renderInterval } from './history-wire.ts'

const Verifications = z
  .object({
    data: z
      .array(IntervalOut)
      .openapi({ description: 'Oldest first; intervals without verdicts are left out.' }),
    failing: z
      .array(
        z.object({
          keyId: uuidOut,
          name: z.string(),
          mask: z.string().openapi({ example: 'lk_003...tQq' }),
          ownerId: uuidOut,
          refused: z.int(),
          valid: z.int(),
        }),
      )
      .openapi({
        description: `The keys, at most ${MAX.failingShown}, that were refused most within the last 24 hours before \`to\`, most first.`,
      }),
  })
  .openapi('Verifications')

/** `GET /verifications` (docs/api.md#how-verifies-went). */
export const getVerifications = operation(
  {
    method: 'get',
    path: '/verifications',
    operationId: 'getVerifications',
    summary: 'Count the verdicts of all keys',
    description:
      'The number of verdicts of each code by hour or day, for all keys together and for unknown secrets, and the keys with the most refusals. A caller that sees only its own keys gets the numbers of those. The counts lag by a few seconds.',
    tags: ['verify'],
    security: SECURITY,
    request: { query: historyQuery },
    responses: { 200: json(Verifications, 'How they went.'), ...problems() },
  },
  { callers: 'LIST_APIKEY', action: 'key.list', target: 'key' },
  async (c) => {
    const call = c.get('call')
    const latchkey = c.get('latchkey')
    const query = historyAsked(c.req.valid('query'), latchkey.clock.now())
    const { intervals, failing } = await latchkey.history.ofAll(call, query)
    const keys = failing.map(({ id, ...key }) => ({ keyId: id, ...key }))
    return c.json({ data: intervals.map(renderInterval), failing: keys }, 200)
  },
)
