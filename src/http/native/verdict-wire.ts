import { z } from '@hono/zod-openapi'
import { formatDuration } from '../../core/durations.ts'
import type { RateState } from '../../core/rate-limits.ts'
import type { PlainRefusal, Verdict } from '../../core/verify.ts'
import { formatInstant } from '../input.ts'
import { BudgetOut, RateLimitOut, renderBudget, renderRateLimit } from './key-wire.ts'
import { durationOut, instantOrNull, revisionOut, timeOut, uuidOut } from './wire.ts'

const PLAIN = [
  'DISABLED',
  'NOT_YET_VALID',
  'EXPIRED',
  'FORBIDDEN',
  'INSUFFICIENT_PERMISSIONS',
] as const satisfies readonly PlainRefusal[]

const RateStateOut = RateLimitOut.extend({
  remaining: z.int().openapi({ description: 'Whole units left.' }),
  resetsAt: timeOut.openapi({ description: 'When the limit is whole again.' }),
}).openapi('RateLimitState')

const Valid = z
  .object({
    valid: z.literal(true),
    code: z.literal('VALID'),
    keyId: uuidOut,
    ownerId: uuidOut,
    workspaceId: uuidOut,
    externalUserId: z.string().nullable(),
    name: z.string(),
    labels: z.record(z.string(), z.string()),
    permissions: z.array(z.string()),
    expiresAt: timeOut.nullable(),
    budget: z.array(BudgetOut),
    rateLimits: z.array(RateStateOut),
    revision: revisionOut.openapi({ description: 'Of the key.' }),
  })
  .openapi('VerdictValid')

const NotFound = z
  .object({ valid: z.literal(false), code: z.literal('NOT_FOUND') })
  .openapi('VerdictNotFound', { description: 'Unknown, malformed, revoked, and not yours: all the same.' })

const Refused = z
  .object({ valid: z.literal(false), code: z.enum(PLAIN), keyId: uuidOut })
  .openapi('VerdictRefused')

const RateLimited = z
  .object({
    valid: z.literal(false),
    code: z.literal('RATE_LIMITED'),
    keyId: uuidOut,
    bound: RateStateOut.extend({ retryAfter: durationOut }).openapi({ description: 'The limit that bound.' }),
  })
  .openapi('VerdictRateLimited')

const BudgetExceeded = z
  .object({
    valid: z.literal(false),
    code: z.literal('BUDGET_EXCEEDED'),
    keyId: uuidOut,
    bound: BudgetOut.openapi({ description: 'The limit that bound; of several, the one that opens last.' }),
    budget: z.array(BudgetOut),
  })
  .openapi('VerdictBudgetExceeded')

/** The answer to a verify (spec.md §4). */
export const VerdictOut = z.union([Valid, NotFound, Refused, RateLimited, BudgetExceeded]).openapi('Verdict')

/** A verdict as the wire shows it. */
export function renderVerdict(verdict: Verdict): z.infer<typeof VerdictOut> {
  switch (verdict.code) {
    case 'VALID':
      return renderValid(verdict)
    case 'NOT_FOUND':
      return { valid: false, code: 'NOT_FOUND' }
    case 'RATE_LIMITED': {
      const bound = { ...renderRateState(verdict.bound), retryAfter: formatDuration(verdict.retryAfterMs) }
      return { valid: false, code: 'RATE_LIMITED', keyId: verdict.key.id, bound }
    }
    case 'BUDGET_EXCEEDED': {
      const budget = verdict.budget.map(renderBudget)
      return {
        valid: false,
        code: 'BUDGET_EXCEEDED',
        keyId: verdict.key.id,
        bound: renderBudget(verdict.bound),
        budget,
      }
    }
    default:
      return { valid: false, code: verdict.code, keyId: verdict.key.id }
  }
}

function renderValid({ key, budget, rateLimits }: Extract<Verdict, { valid: true }>): z.infer<typeof Valid> {
  return {
    valid: true,
    code: 'VALID',
    keyId: key.id,
    ownerId: key.ownerId,
    workspaceId: key.workspaceId,
    externalUserId: key.externalUserId,
    name: key.name,
    labels: key.labels,
    permissions: key.permissions,
    expiresAt: instantOrNull(key.expiresAt),
    budget: budget.map(renderBudget),
    rateLimits: rateLimits.map(renderRateState),
    revision: key.revision,
  }
}

function renderRateState(state: RateState): z.infer<typeof RateStateOut> {
  return {
    ...renderRateLimit(state),
    remaining: state.remaining,
    resetsAt: formatInstant(state.resetsAt),
  }
}
