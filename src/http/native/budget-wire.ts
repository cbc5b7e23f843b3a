import { z } from '@hono/zod-openapi'
import type { AccountId } from '../../core/ledger/entries.ts'
import type { BudgetLine } from '../../core/money/budgets.ts'
import { formatUsd } from '../../core/money/money.ts'
import { LIMIT_WINDOWS } from '../../core/money/windows.ts'
import type { Retry } from '../../core/verify/retry.ts'
import { instantOrNull, timeOut, usdOut, uuidOut } from './wire.ts'

/** The kinds of records that can have a limit. */
export const SCOPES = ['key', 'user', 'workspace'] as const satisfies readonly AccountId['kind'][]

/** The state of one limit of the record itself, in an answer. */
export const BudgetOut = z
  .object({
    window: z.enum(LIMIT_WINDOWS),
    limit: usdOut.openapi({ description: 'The limit in force, with a boost while that lasts.' }),
    spent: usdOut.openapi({ description: 'Settled usage that counts against the limit.' }),
    reserved: usdOut.openapi({ description: 'The sum of open reservations.', example: '0' }),
    remaining: usdOut.openapi({ description: 'limit - spent - reserved, never below 0.' }),
    resetsAt: timeOut.nullable().openapi({ description: 'Null for `total`, which never resets.' }),
  })
  .openapi('Budget')

/** The state of a limit that counts a key's spending: its own, its owner's or its workspace's. */
export const ScopedBudgetOut = z
  .object({
    scope: z
      .enum(SCOPES)
      .openapi({ description: 'Whether the limit belongs to the key, its owner or its workspace.' }),
    id: uuidOut.openapi({ description: 'The id of that key, user or workspace.' }),
    ...BudgetOut.shape,
  })
  .openapi('ScopedBudget')

/** The thresholds that an amount has crossed, in the answer to its request. */
export const crossedOut = z
  .array(z.int())
  .optional()
  .openapi({
    description:
      'Thresholds (50, 80, 100 % of a limit of the key, its owner or its workspace) that this amount crossed. Absent when it crossed none, and when the call is a repeat.',
    example: [80],
  })

/** The member {@link crossedOut}. */
export function renderCrossed(crossed: readonly number[]): { crossed?: number[] } {
  return crossed.length === 0 ? {} : { crossed: [...crossed] }
}

/** A limit that has refused a call. */
export const refusedBudget = ScopedBudgetOut.openapi({
  description:
    'The limit without room; of several, the one that has room last. `resetsAt` is the time from which the same call passes if nothing else happens; null with `neverFits`.',
})

/** The state of a limit, as the wire shows it. */
export function renderBudget({ window, resetsAt, ...line }: BudgetLine): z.infer<typeof BudgetOut> {
  const { limit, spent, reserved, remaining } = line
  return {
    window,
    limit: formatUsd(limit),
    spent: formatUsd(spent),
    reserved: formatUsd(reserved),
    remaining: formatUsd(remaining),
    resetsAt: instantOrNull(resetsAt),
  }
}

/** The same, with the owner of the limit. */
export function renderScopedBudget(line: BudgetLine): z.infer<typeof ScopedBudgetOut> {
  const { kind, id } = line.account
  return { scope: kind, id, ...renderBudget(line) }
}

/** A limit that has refused a call, as the wire shows it, with the time at which the same call passes. */
export function renderRefusedBudget(line: BudgetLine, retry: Retry | null): z.infer<typeof ScopedBudgetOut> {
  return { ...renderScopedBudget(line), resetsAt: instantOrNull(retry?.at ?? null) }
}
