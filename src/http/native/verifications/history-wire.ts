import { z } from '@hono/zod-openapi'
import { DAY_MS } from '../../../core/ground/clock.ts'
import type { HistoryQuery } from '../../../core/verify/history.ts'
import type { CountedInterval, KeyRefusal } from '../../../core/verify/outcome-records.ts'
import { VERDICT_CODES } from '../../../core/verify/verify.ts'
import { formatInstant, instant } from '../../kernel/input.ts'
import { timeOut } from '../wire.ts'

const INTERVALS = ['hour', 'day'] as const

/** The period and the interval of a report on verifies. */
export const historyQuery = z.strictObject({
  from: instant.optional().openapi({
    description:
      'The report begins with the hour of this time. 24 hours before `to` when absent; at most 14 days before it.',
  }),
  to: instant.optional().openapi({ description: 'Exclusive. Now when absent.' }),
  interval: z.enum(INTERVALS).optional().openapi({ default: 'hour' }),
})

/** The same, in the words of the core. */
export function historyAsked(
  { from, to, interval = 'hour' }: z.infer<typeof historyQuery>,
  now: number,
): HistoryQuery {
  // The report includes the hour that has just begun.
  const end = to ?? now + 1
  return { from: from ?? end - DAY_MS, to: end, interval }
}

const CountsOut = z
  .object(
    Object.fromEntries(VERDICT_CODES.map((code) => [code, z.int()])) as Record<
      (typeof VERDICT_CODES)[number],
      z.ZodInt
    >,
  )
  .partial()
  .openapi('VerdictCounts', {
    description: 'The number of verdicts of each code; a code with none is left out.',
    example: { VALID: 120, RATE_LIMITED: 3 },
  })

/** Verdicts of one interval in an answer. */
export const IntervalOut = z
  .object({
    start: timeOut.openapi({ description: 'The start of the interval, in UTC.' }),
    counts: CountsOut,
  })
  .openapi('VerdictInterval')

/** Refusals of a key for one reason in an answer. */
export const RefusalsOut = z
  .object({
    code: z.enum(VERDICT_CODES),
    limit: z
      .object({
        scope: z.enum(['rate', 'key', 'user', 'workspace']).openapi({
          description: '`rate` for a rate limit of the key; else whose limit on money it was.',
        }),
        name: z.string().openapi({
          description: 'The name of the rate limit, or the window of the spending limit.',
          example: 'daily',
        }),
      })
      .nullable()
      .openapi({ description: 'The limit that caused the refusal; null when it was not a limit.' }),
    count: z.int().openapi({ description: 'The number of refusals for this reason.' }),
    lastAt: timeOut,
    lastIp: z
      .string()
      .nullable()
      .openapi({ description: 'The address of the last refusal; null when unknown.' }),
  })
  .openapi('KeyRefusals')

/** The verdicts of one interval, as the wire shows them. */
export function renderInterval({ start, counts }: CountedInterval): z.infer<typeof IntervalOut> {
  return { start: formatInstant(start), counts }
}

/** The refusals of a key for one reason, as the wire shows them. */
export function renderRefusals({ code, bound, count, at, ip }: KeyRefusal): z.infer<typeof RefusalsOut> {
  const [, scope, name = ''] = /^(\w+):(.*)$/s.exec(bound) ?? []
  const limit = scope === undefined ? null : { scope: scope as 'rate' | 'key' | 'user' | 'workspace', name }
  return { code, limit, count, lastAt: formatInstant(at), lastIp: ip }
}
