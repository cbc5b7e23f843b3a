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
        description: 'The shortest time that it lasts from now. It never ends earlier than before.',
      }),
    amount: usdAboveZero.nullish().openapi({
      description: 'The lowest total amount that it holds afterwards. It never holds less than before.',
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
    summary: 'Extend a reservation',
    description:
      'For work that takes longer or costs more than expected. Afterwards the reservation lasts at least that long from now and holds at least that much, so a repeated call changes nothing. The added amount needs room in every limit, in the windows of the reserve. A reservation lasts at most 31 days in all; one that has ended is 409.',
    tags: ['reservations'],
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
    const outcome = await c.get('latchkey').reservations.extend(c.get('call'), id, order)
    if (!outcome.taken) {
      c.set('judged', { code: 'BUDGET_EXCEEDED', keyId: outcome.keyId })
      const { body, headers } = renderBudgetProblem(outcome, c.get('requestId'))
      return c.json(body, 402, headers)
    }
    const { reservation, budget } = outcome
    return c.json({ ...renderReservation(reservation), budget: budget.map(renderScopedBudget) }, 200)
  },
)
