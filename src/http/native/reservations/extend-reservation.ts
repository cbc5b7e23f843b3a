import { z } from '@hono/zod-openapi'
import { MAX } from '../../../core/ground/bounds.ts'
import { usdAboveZero } from '../../kernel/input.ts'
import { operation } from '../../kernel/operation.ts'
import { renderScopedBudget, ScopedBudgetOut } from '../budget-wire.ts'
import { json, jsonBody, problems, SECURITY } from '../wire.ts'
import {
  budgetResponse,
  ReservationOut,
  renderBudgetProblem,
  renderReservation,
  reservationParam,
  reservationRef,
} from './reservation-wire.ts'

const ExtendReservation = z
  .strictObject({
    ttlSeconds: z
      .int()
      .min(1)
      .max(MAX.reservationTtlMs / 1_000)
      .openapi({
        description: 'At least how long it is to last from now. It never ends earlier than before.',
      }),
    amount: usdAboveZero.nullish().openapi({
      description:
        'At least how much it is to hold in all, with what it holds already. It never holds less than before.',
      example: '12.5',
    }),
  })
  .openapi('ExtendReservation')

const Extended = z
  .object({ ...ReservationOut.shape, budget: z.array(ScopedBudgetOut) })
  .openapi('ReservationExtended')

/** `POST /reservations/{id}/extend` (docs/api.md#spend). */
export const extendReservation = operation(
  {
    method: 'post',
    path: '/reservations/{reservationId}/extend',
    operationId: 'extendReservation',
    summary: 'Let a reservation last longer, or hold more',
    description:
      'For work that takes longer or costs more than was thought. It lasts at least so long from now and holds at least so much, so that repeating a call changes nothing; what is added needs room in every limit, in the windows of the reserve. It lasts at most 31 days in all. One that has ended answers 409.',
    tags: ['native'],
    security: SECURITY,
    request: { params: reservationParam, body: jsonBody(ExtendReservation) },
    responses: {
      200: json(Extended, 'The reservation, and where every limit above the key stands with it.'),
      402: budgetResponse,
      ...problems(404, 409, 415),
    },
  },
  { callers: 'REPORT_USAGE', action: 'reservation.extend', target: 'key', dataPlane: true },
  async (c) => {
    const id = reservationRef(c.req.valid('param').reservationId)
    const { ttlSeconds, amount } = c.req.valid('json')
    const order = { ttlMs: ttlSeconds * 1_000, amount: amount ?? null }
    const outcome = await c.var.latchkey.reservations.extend(c.var.call, id, order)
    if (!outcome.taken) {
      c.set('judged', { code: 'BUDGET_EXCEEDED', keyId: outcome.keyId })
      const { body, headers } = renderBudgetProblem(outcome, c.var.requestId)
      return c.json(body, 402, headers)
    }
    const { reservation, budget } = outcome
    return c.json({ ...renderReservation(reservation), budget: budget.map(renderScopedBudget) }, 200)
  },
)
