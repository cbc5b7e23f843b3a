import { z } from '@hono/zod-openapi'
import type { MoneyDemand } from '../../../core/ledger/money-demand.ts'
import { formatUsd } from '../../../core/money/money.ts'
import type { RateState } from '../../../core/verify/rates.ts'
import type { PlainRefusal, ValidVerdict, Verdict } from '../../../core/verify/verify.ts'
import type { Env } from '../../kernel/env.ts'
import { formatInstant } from '../../kernel/input.ts'
import {
  crossedOut,
  refusedBudget,
  renderCrossed,
  renderRefusedBudget,
  renderScopedBudget,
  ScopedBudgetOut,
} from '../budget-wire.ts'
import { RateLimitOut, renderRateLimit } from '../keys/key-wire.ts'
import { RESERVATION_STATES, replayedOut } from '../reservations/reservation-wire.ts'
import { neverFitsOut, renderNeverFits, renderRetry, retryMembers } from '../retry-wire.ts'
import { instantOrNull, revisionOut, timeOut, usdOut, uuidOut } from '../wire.ts'

const PLAIN = [
  'DISABLED',
  'NOT_YET_VALID',
  'EXPIRED',
  'FORBIDDEN',
  'INSUFFICIENT_PERMISSIONS',
] as const satisfies readonly PlainRefusal[]

/** The state of a rate limit, in an answer. */
export const RateStateOut = RateLimitOut.extend({
  remaining: z.int().openapi({ description: 'Whole units left.' }),
  resetsAt: timeOut.openapi({ description: 'When the limit is full again.' }),
}).openapi('RateLimitState')

const budgets = z
  .array(ScopedBudgetOut)
  .openapi({ description: 'Every limit that counts: of the key, its owner and its workspace.' })

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
    budget: budgets,
    rateLimits: z.array(RateStateOut),
    reservation: z
      .object({ id: uuidOut, amount: usdOut, state: z.enum(RESERVATION_STATES), expiresAt: timeOut })
      .optional()
      .openapi({
        description: 'The reservation, with `reserve`; not `open` when the call is repeated too late.',
      }),
    replayed: replayedOut,
    crossed: crossedOut,
    charged: usdOut.optional().openapi({ description: 'The charged amount, with `charge`.' }),
    revision: revisionOut.openapi({ description: 'The revision of the key.' }),
  })
  .openapi('VerdictValid')

const NotFound = z
  .object({ valid: z.literal(false), code: z.literal('NOT_FOUND') })
  .openapi('VerdictNotFound', {
    description: 'The key is unknown, malformed, revoked or not yours; the answer does not tell which.',
  })

const Refused = z
  .object({ valid: z.literal(false), code: z.enum(PLAIN), keyId: uuidOut })
  .openapi('VerdictRefused')

const RateLimited = z
  .object({
    valid: z.literal(false),
    code: z.literal('RATE_LIMITED'),
    keyId: uuidOut,
    bound: z.object({ ...RateStateOut.shape, ...retryMembers }).openapi('RefusedRate', {
      description: 'The limit without room; of several, the one that has room last.',
    }),
    neverFits: neverFitsOut,
  })
  .openapi('VerdictRateLimited')

const BudgetExceeded = z
  .object({
    valid: z.literal(false),
    code: z.literal('BUDGET_EXCEEDED'),
    keyId: uuidOut,
    bound: refusedBudget,
    budget: budgets,
    neverFits: neverFitsOut,
  })
  .openapi('VerdictBudgetExceeded')

/** The answer to a verify. */
export const VerdictOut = z.union([Valid, NotFound, Refused, RateLimited, BudgetExceeded]).openapi('Verdict')

/** A refusal that names its key: every refusal but `NOT_FOUND`. */
export const RefusalOut = z.union([Refused, RateLimited, BudgetExceeded])

type NamedRefusal = Exclude<Verdict, { code: 'VALID' | 'NOT_FOUND' }>

/** A verdict, as the wire shows it, with the demand for money that it answers. */
export function renderVerdict(verdict: Verdict, take: MoneyDemand | undefined): z.infer<typeof VerdictOut> {
  switch (verdict.code) {
    case 'VALID':
      return { ...renderValid(verdict), ...renderTaken(verdict, take) }
    case 'NOT_FOUND':
      return { valid: false, code: 'NOT_FOUND' }
    default:
      return renderRefusal(verdict)
  }
}

/** A refusal that names its key, as the wire shows it. */
export function renderRefusal(verdict: NamedRefusal): z.infer<typeof RefusalOut> {
  switch (verdict.code) {
    case 'RATE_LIMITED': {
      const { key, retry } = verdict
      const { resetsAt: _, ...state } = renderRateState(verdict.bound)
      const bound = { ...state, ...renderRetry(retry) }
      return { valid: false, code: 'RATE_LIMITED', keyId: key.id, bound, ...renderNeverFits(retry) }
    }
    case 'BUDGET_EXCEEDED': {
      const { key, retry } = verdict
      const budget = verdict.budget.map(renderScopedBudget)
      return {
        valid: false,
        code: 'BUDGET_EXCEEDED',
        keyId: key.id,
        bound: renderRefusedBudget(verdict.bound, retry),
        budget,
        ...renderNeverFits(retry),
      }
    }
    default:
      return { valid: false, code: verdict.code, keyId: verdict.key.id }
  }
}

function renderValid({ key, budget, rateLimits }: ValidVerdict): z.infer<typeof Valid> {
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
    budget: budget.map(renderScopedBudget),
    rateLimits: rateLimits.map(renderRateState),
    revision: key.revision,
  }
}

function renderTaken(
  { reservation, crossed, replayed }: ValidVerdict,
  take: MoneyDemand | undefined,
): Pick<z.infer<typeof Valid>, 'reservation' | 'crossed' | 'charged' | 'replayed'> {
  const again = replayed ? ({ replayed: true } as const) : {}
  if (take?.kind === 'charge') return { charged: formatUsd(take.amount), ...renderCrossed(crossed), ...again }
  if (reservation === null) return {}
  const { id, amount, state, expiresAt } = reservation
  const held = { id, amount: formatUsd(amount), state, expiresAt: formatInstant(expiresAt) }
  return { reservation: held, ...again }
}

/** The state of a rate limit, as the wire shows it. */
export function renderRateState(state: RateState): z.infer<typeof RateStateOut> {
  return {
    ...renderRateLimit(state),
    remaining: state.remaining,
    resetsAt: formatInstant(state.resetsAt),
  }
}

/** The part of a verdict that is logged. */
export function judgedIn(verdict: Verdict): Env['Variables']['judged'] {
  return { code: verdict.code, keyId: verdict.code === 'NOT_FOUND' ? null : verdict.key.id }
}
