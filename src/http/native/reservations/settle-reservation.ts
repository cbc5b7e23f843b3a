import { z } from '@hono/zod-openapi'
import type { Cost } from '../../../core/metering/reservations.ts'
import { usd } from '../../kernel/input.ts'
import { operation } from '../../kernel/operation.ts'
import { crossedOut, renderCrossed, renderScopedBudget, ScopedBudgetOut } from '../budget-wire.ts'
import { usageMeta } from '../usage/usage-wire.ts'
import { json, jsonBody, problems, SECURITY } from '../wire.ts'
import { ReservationOut, renderReservation, reservationParam, reservationRef } from './reservation-wire.ts'

const SettleReservation = z
  .strictObject({
    amount: usd.nullish().openapi({ description: 'The real cost.' }),
    byokAmount: usd.nullish().openapi({ description: 'Usage that was paid elsewhere; goes with `amount`.' }),
    unknownCost: z.enum(['charge_held', 'charge_nothing']).nullish().openapi({
      description: 'Instead of `amount`, when the cost is unknown: charge the whole reservation, or nothing.',
    }),
    meta: usageMeta.openapi({ example: { model: 'small' } }),
  })
  .transform(({ amount, byokAmount, unknownCost, meta }, context) => {
    const known = amount !== undefined && amount !== null
    const paidElsewhere = byokAmount !== undefined && byokAmount !== null
    const cost: Cost | null = known
      ? { amount, byokAmount: byokAmount ?? 0n }
      : unknownCost
        ? { unknown: unknownCost }
        : null
    if (cost !== null && !(known && unknownCost) && (known || !paidElsewhere))
      return { cost, meta: meta ?? {} }
    context.addIssue({
      code: 'custom',
      path: ['amount'],
      message: 'Give either amount, alone or with byokAmount, or unknownCost.',
    })
    return z.NEVER
  })
  .openapi('SettleReservation')

const Settled = ReservationOut.extend({
  budget: z
    .array(ScopedBudgetOut)
    .openapi({ description: 'Every limit that counts: of the key, its owner and its workspace.' }),
  crossed: crossedOut,
}).openapi('ReservationSettled')

/** `POST /reservations/{id}/settle` (docs/api.md#spend). */
export const settleReservation = operation(
  {
    method: 'post',
    path: '/reservations/{reservationId}/settle',
    operationId: 'settleReservation',
    summary: 'Settle a reservation with its real cost',
    description:
      'The answer comes when the cost is on disk. The cost counts in the windows of the reserve, even beyond a limit and after the reservation has expired. A repeated call gets the same answer; another cost or meta, or a released reservation, is 409.',
    tags: ['reservations'],
    security: SECURITY,
    request: { params: reservationParam, body: jsonBody(SettleReservation) },
    responses: {
      200: json(Settled, 'The settled reservation, and where every limit above the key stands with it.'),
      ...problems(404, 409, 415),
    },
  },
  { callers: 'REPORT_USAGE', action: 'reservation.settle', target: 'key', dataPlane: true },
  async (c) => {
    const id = reservationRef(c.req.valid('param').reservationId)
    const settled = await c.get('latchkey').reservations.settle(c.get('call'), id, c.req.valid('json'))
    const { reservation, budget, crossed } = settled
    const limits = { budget: budget.map(renderScopedBudget), ...renderCrossed(crossed) }
    return c.json({ ...renderReservation(reservation), ...limits }, 200)
  },
)
