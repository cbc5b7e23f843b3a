import { z } from '@hono/zod-openapi'
import { Fault } from '../../../core/ground/faults.ts'
import type { Reservation, ReservationId, ReservationState } from '../../../core/ledger/entries.ts'
import { metaObject } from '../../../core/ledger/meta.ts'
import type { ReserveOutcome } from '../../../core/metering/reservations.ts'
import type { NanoUsd } from '../../../core/money/money.ts'
import { formatUsd } from '../../../core/money/money.ts'
import { formatInstant } from '../../kernel/input.ts'
import { Problem } from '../../kernel/problem.ts'
import { refusedBudget, renderRefusedBudget, renderScopedBudget, ScopedBudgetOut } from '../budget-wire.ts'
import { isUuid } from '../keys/key-ref.ts'
import { neverFitsOut, renderNeverFits } from '../retry-wire.ts'
import { callerOrNull, instantOrNull, timeOut, usdOut, uuidOut } from '../wire.ts'

/** The state of a reservation. */
export const RESERVATION_STATES = [
  'open',
  'settled',
  'released',
  'expired',
] as const satisfies readonly ReservationState[]

const NO_ROOM = 'A limit has no room for the amount.'
const settledOnly = 'Null unless settled.'

/** A reservation in an answer; every member is always there. */
export const ReservationOut = z
  .object({
    id: uuidOut,
    keyId: uuidOut,
    ownerId: uuidOut,
    workspaceId: uuidOut,
    requestId: z.string().nullable(),
    amount: usdOut.openapi({ description: 'The reserved amount, including extensions.' }),
    state: z.enum(RESERVATION_STATES),
    heldAt: timeOut.openapi({ description: 'Decides the windows that it and its settlement belong to.' }),
    expiresAt: timeOut.openapi({ description: 'First instant at which it holds nothing any more.' }),
    onExpiry: z.enum(['release', 'settle']).openapi({
      description: 'The end of a reservation that nobody ends: it is released, or charged in full.',
    }),
    resolvedAt: timeOut.nullable().openapi({ description: 'When it ended; null until its end is recorded.' }),
    resolvedBy: callerOrNull.openapi({
      description: 'The caller that settled or released it; null while it is open, and when it expired.',
    }),
    settled: usdOut.nullable().openapi({ description: settledOnly }),
    byokSettled: usdOut.nullable().openapi({ description: `Of usage paid elsewhere. ${settledOnly}` }),
    released: usdOut
      .nullable()
      .openapi({ description: 'The part that was not spent; null while the reservation is open.' }),
    overdraft: usdOut
      .nullable()
      .openapi({ description: `The amount beyond the reservation. ${settledOnly}`, example: '0' }),
    late: z
      .boolean()
      .nullable()
      .openapi({ description: `Whether it had expired before. ${settledOnly}` }),
    meta: z.record(z.string(), z.string()).nullable().openapi({ description: settledOnly }),
  })
  .openapi('Reservation')

/** Marks an answer that took nothing, because an earlier request with the same requestId did. */
export const replayedOut = z.literal(true).optional().openapi({
  description:
    'Present when an earlier request with this requestId had taken the money: this one took neither money nor units of rate limits.',
})

/** A refusal because a limit has too little left. It names that limit. */
const BudgetProblem = z
  .object({
    type: z.literal('urn:latchkey:refusal:BUDGET_EXCEEDED'),
    title: z.literal(NO_ROOM),
    status: z.literal(402),
    detail: z.string().openapi({ example: 'The daily limit of the key has 5 USD left.' }),
    code: z.literal('BUDGET_EXCEEDED'),
    requestId: Problem.shape.requestId,
    keyId: uuidOut,
    bound: refusedBudget,
    budget: z.array(ScopedBudgetOut),
    neverFits: neverFitsOut,
  })
  .openapi('BudgetProblem')

/** The same refusal, as a response of a route. */
export const budgetResponse = {
  description:
    'A limit has no room; `bound` says which. The answer has Retry-After when waiting helps, else `neverFits`.',
  content: { 'application/problem+json': { schema: BudgetProblem } },
}

/** The path parameter that names a reservation. */
export const reservationParam = z.object({
  reservationId: z.string().openapi({
    param: { name: 'reservationId', in: 'path' },
    format: 'uuid',
    example: '019aab62-7c00-7b3c-8e1f-5a7c1f1b2d3e',
  }),
})

/** The reservation that a path parameter names. Throws `reservation_not_found` for a text that is no id. */
export function reservationRef(param: string): ReservationId {
  const id = param.toLowerCase()
  if (!isUuid(id)) throw new Fault('reservation_not_found')
  return id as ReservationId
}

/** A reservation as the wire shows it. */
export function renderReservation(reservation: Reservation): z.infer<typeof ReservationOut> {
  const { id, keyId, ownerId, workspaceId, requestId, state, settlement } = reservation
  return {
    id,
    keyId,
    ownerId,
    workspaceId,
    requestId,
    amount: formatUsd(reservation.amount),
    state,
    heldAt: formatInstant(reservation.heldAt),
    expiresAt: formatInstant(reservation.expiresAt),
    onExpiry: reservation.onExpiry,
    resolvedAt: instantOrNull(reservation.resolvedAt),
    resolvedBy: reservation.resolvedBy,
    settled: usdOrNull(settlement?.amount),
    byokSettled: usdOrNull(settlement?.byokAmount),
    released: usdOrNull(settlement?.released ?? (state === 'open' ? undefined : reservation.amount)),
    overdraft: usdOrNull(settlement?.overdraft),
    late: settlement?.late ?? null,
    meta: settlement === null ? null : metaObject(settlement.meta),
  }
}

/** A refusal because a limit has too little left, as problem details with its headers. */
export function renderBudgetProblem(
  { keyId, bound, budget, retry }: Omit<Extract<ReserveOutcome, { taken: false }>, 'taken'>,
  requestId: string,
): { body: z.infer<typeof BudgetProblem>; headers: Record<string, string> } {
  const whose = bound.account.kind === 'key' ? 'key' : `key's ${OWNED[bound.account.kind]}`
  const body: z.infer<typeof BudgetProblem> = {
    type: 'urn:latchkey:refusal:BUDGET_EXCEEDED',
    title: NO_ROOM,
    status: 402,
    detail: `The ${bound.window} limit of the ${whose} has ${formatUsd(bound.remaining)} USD left.`,
    code: 'BUDGET_EXCEEDED',
    requestId,
    keyId,
    bound: renderRefusedBudget(bound, retry),
    budget: budget.map(renderScopedBudget),
    ...renderNeverFits(retry),
  }
  const retryAfter = retry === null ? {} : { 'retry-after': Math.ceil(retry.afterMs / 1_000).toString() }
  return { body, headers: { 'Content-Type': 'application/problem+json', ...retryAfter } }
}

function usdOrNull(amount: NanoUsd | undefined): string | null {
  return amount === undefined ? null : formatUsd(amount)
}

const OWNED = { user: 'owner', workspace: 'workspace' } as const
