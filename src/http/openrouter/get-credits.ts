import { z } from '@hono/zod-openapi'
import type { Balance } from '../../core/metering/balances.ts'
import { usdNumber } from '../../core/money/money.ts'
import { operation } from '../kernel/operation.ts'
import { refusals } from './errors.ts'
import { SECURITY, TAGS } from './wire.ts'

const usd = z.number().openapi({ example: 100.5, description: 'USD' })

const Credits = z
  .object({
    total_credits: usd.openapi({ description: 'total_usage and what the limits on all time still allow.' }),
    total_usage: usd.openapi({ description: 'All usage in reach of the caller.' }),
  })
  .openapi('OpenRouterCredits')

/**
 * `GET /credits` (docs/wire/openrouter.md#credits-and-activity): the amount used, and the amount that may still be used. There are no
 * credits to buy.
 */
export const getCredits = operation(
  {
    method: 'get',
    path: '/credits',
    operationId: 'openrouterGetCredits',
    summary: 'Get the usage and the remaining credits',
    description:
      'For a caller that manages all keys the usage of the whole instance, else that of its own keys. Without a limit on all time, total_credits is total_usage.',
    tags: TAGS,
    security: SECURITY,
    responses: {
      200: {
        description: 'The balance',
        content: { 'application/json': { schema: z.object({ data: Credits }) } },
      },
      ...refusals(401, 403, 429, 500, 503),
    },
  },
  // Management keys are the keys that may list keys; a SERVICE is not among them (docs/wire/openrouter.md#two-kinds-of-key).
  { callers: 'LIST_APIKEY', action: 'credits.get', target: 'system' },
  async (c) => c.json({ data: renderCredits(await c.get('latchkey').accounts.balance(c.get('call'))) }, 200),
)

function renderCredits({ used, left }: Balance): z.infer<typeof Credits> {
  return { total_credits: usdNumber(used + (left ?? 0n)), total_usage: usdNumber(used) }
}
