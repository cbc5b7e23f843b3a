import { z } from '@hono/zod-openapi'
import { MAX } from '../../../core/ground/bounds.ts'

const TTL_SECONDS = 600

/** How long a reservation holds, in seconds. */
export const ttlSeconds = z
  .int()
  .min(1)
  .max(MAX.reservationTtlMs / 1_000)
  .nullish()
  .openapi({
    description: `How long it holds, unless it is settled or released; ${TTL_SECONDS} when absent.`,
  })

/** The same in milliseconds, with its default. */
export function ttlMsOf(seconds: number | null | undefined): number {
  return (seconds ?? TTL_SECONDS) * 1_000
}

/** What happens to a hold that nobody settles or releases. */
export const onExpiry = z.enum(['release', 'settle']).nullish().openapi({
  description:
    'The end of a reservation that nobody settles or releases in time: `release`, which is meant when absent, charges nothing; `settle` charges all of it.',
})
