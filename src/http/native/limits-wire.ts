import { z } from '@hono/zod-openapi'
import type { LimitChanges } from '../../core/keys/new-key.ts'
import { formatUsd } from '../../core/money/money.ts'
import { LIMIT_WINDOWS, type Limits } from '../../core/money/windows.ts'
import { usdCap } from '../kernel/input.ts'
import { named, usdOut } from './wire.ts'

/** USD caps in an answer. A window without a member has no cap. */
export const LimitsOut = z
  .object({ daily: usdOut, weekly: usdOut, monthly: usdOut, total: usdOut })
  .partial()
  .openapi('Limits')

/** USD caps of a new record; null means the same as absent. */
export const newLimits = z.strictObject({
  daily: usdCap.nullish(),
  weekly: usdCap.nullish(),
  monthly: usdCap.nullish(),
  total: usdCap.nullish(),
})

/** USD caps in a patch, by window; null removes one. */
export const limitChanges = z.strictObject({
  daily: usdCap.nullable().optional(),
  weekly: usdCap.nullable().optional(),
  monthly: usdCap.nullable().optional(),
  total: usdCap.nullable().optional(),
})

/** Caps as decimal texts. */
export function renderLimits(limits: Limits): z.infer<typeof LimitsOut> {
  const rendered: z.infer<typeof LimitsOut> = {}
  for (const window of LIMIT_WINDOWS) {
    const limit = limits[window]
    if (limit !== undefined) rendered[window] = formatUsd(limit)
  }
  return rendered
}

/** The limits of a user or workspace, which cap all of its keys together. */
export const newAllowance = {
  limits: newLimits.nullish().openapi({
    description: 'Caps on the spending of all its keys together.',
    example: { monthly: '500' },
  }),
  includeByokInLimit: z.boolean().nullish(),
}

/** The same in a patch. */
export const allowanceChange = {
  limits: limitChanges
    .nullable()
    .optional()
    .openapi({
      description: 'Single windows; null removes a limit.',
      example: { monthly: '500', daily: null },
    }),
  includeByokInLimit: z.boolean().optional(),
}

/** The change of caps that a patch asks for; null removes all of them. */
export function limitChangesOf(
  limits: z.infer<typeof limitChanges> | null | undefined,
): LimitChanges | undefined {
  return limits === null ? NO_LIMITS : limits && named(limits)
}

const NO_LIMITS = { daily: null, weekly: null, monthly: null, total: null } as const
