import { z } from '@hono/zod-openapi'
import { formatDuration } from '../../core/ground/durations.ts'
import type { Retry } from '../../core/verify/retry.ts'
import { formatInstant } from '../kernel/input.ts'
import { durationOut, timeOut } from './wire.ts'

/** The members of a limit that refused a call. They say when the same call passes. */
export const retryMembers = {
  resetsAt: timeOut.optional().openapi({
    description:
      'The time from which the same call passes if nothing else happens; absent when it never passes.',
  }),
  retryAfter: durationOut
    .optional()
    .openapi({ description: 'The time until then, in whole seconds.', example: '2s' }),
  retryAfterSeconds: z
    .int()
    .min(1)
    .optional()
    .openapi({ description: 'The same as a number of seconds.', example: 2 }),
}

/** Marks a refusal that waiting does not end. */
export const neverFitsOut = z.literal(true).optional().openapi({
  description:
    'Present when the same call never passes however long it waits: it asks for more than a limit, no window ends, or the key expires before.',
})

/** The members of the limit that refused. */
export function renderRetry(retry: Retry | null): {
  resetsAt?: string
  retryAfter?: string
  retryAfterSeconds?: number
} {
  if (retry === null) return {}
  const { at, afterMs } = retry
  return {
    resetsAt: formatInstant(at),
    retryAfter: formatDuration(afterMs),
    retryAfterSeconds: Math.ceil(afterMs / 1_000),
  }
}

/** Builds that mark. */
export function renderNeverFits(retry: Retry | null): { neverFits?: true } {
  return retry === null ? { neverFits: true } : {}
}
