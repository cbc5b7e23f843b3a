import { z } from '@hono/zod-openapi'
import { MAX } from '../../../core/ground/bounds.ts'
import { Fault } from '../../../core/ground/faults.ts'
import { Secret } from '../../../core/ground/secret.ts'
import type { KeyId } from '../../../core/types.ts'
import { text, usdAboveZero, uuid } from '../../kernel/input.ts'
import { operation } from '../../kernel/operation.ts'
import { renderScopedBudget, ScopedBudgetOut } from '../budget-wire.ts'
import { REPLAYED_HEADER } from '../idempotency.ts'
import { json, jsonBody, problems, SECURITY } from '../wire.ts'
import { onExpiry, ttlMsOf, ttlSeconds } from './reservation-input.ts'
import {
  budgetResponse,
  ReservationOut,
  renderBudgetProblem,
  renderReservation,
  replayedOut,
} from './reservation-wire.ts'

const CreateReservation = z
  .strictObject({
    keyId: uuid<KeyId>().nullish(),
    key: z.string().nullish().openapi({ description: 'Instead of keyId: the text that the client sent.' }),
    amount: usdAboveZero,
    ttlSeconds,
    onExpiry,
    requestId: text(1, MAX.requestIdChars).nullish().openapi({
      description: 'Makes the call safe to repeat: the same id for the same key gets the first reservation.',
      example: 'call-4711',
    }),
  })
  .transform(({ keyId, key, amount, ttlSeconds: seconds, onExpiry: ending, requestId }, context) => {
    const rest = {
      amount,
      ttlMs: ttlMsOf(seconds),
      onExpiry: ending ?? ('release' as const),
      requestId: requestId ?? null,
    }
    if (keyId && !key) return { ...rest, key: { id: keyId } }
    if (key && !keyId) return { ...rest, key: { secret: new Secret(key) } }
    context.addIssue({
      code: 'custom',
      path: ['keyId'],
      message: 'Name the key by exactly one of keyId and key.',
    })
    return z.NEVER
  })
  .openapi('CreateReservation', {
    example: {
      keyId: '019aab62-7c00-7b3c-8e1f-5a7c1f1b2d3e',
      amount: '0.25',
      ttlSeconds: 600,
      requestId: 'call-4711',
    },
  })

// A requestId is unique per key for ever, so the header needs no stored answer of its own.
const headers = z.object({
  'idempotency-key': z
    .string()
    .regex(/^[\x20-\x7e]+$/, 'Must be printable ASCII.')
    .max(MAX.requestIdChars)
    .optional()
    .openapi({ description: 'Taken as the requestId when the body has none.' }),
})

const Reserved = z
  .object({ ...ReservationOut.shape, budget: z.array(ScopedBudgetOut), replayed: replayedOut })
  .openapi('Reserved')

/** `POST /reservations` (docs/api.md#spend). */
export const createReservation = operation(
  {
    method: 'post',
    path: '/reservations',
    operationId: 'createReservation',
    summary: 'Reserve money of a key',
    description:
      'The answer comes when the reservation is on disk. Every limit of the key, its owner and its workspace must have room for it. Settle it with the real cost, or release it.',
    tags: ['reservations'],
    security: SECURITY,
    request: { headers, body: jsonBody(CreateReservation) },
    responses: {
      201: json(Reserved, 'The reservation, and where every limit above the key stands with it.'),
      402: budgetResponse,
      ...problems(404, 409, 415, 422),
    },
  },
  { callers: 'REPORT_USAGE', action: 'reservation.create', target: 'key', dataPlane: true },
  async (c) => {
    const latchkey = c.get('latchkey')
    const call = c.get('call')
    const request = c.req.valid('json')
    const header = c.req.valid('header')['idempotency-key'] ?? null
    const requestId = request.requestId ?? header
    try {
      const outcome = await latchkey.reservations.reserve(call, { ...request, requestId })
      if (!outcome.taken) {
        c.set('judged', { code: 'BUDGET_EXCEEDED', keyId: outcome.keyId })
        const { body, headers } = renderBudgetProblem(outcome, c.get('requestId'))
        return c.json(body, 402, headers)
      }
      const { reservation, budget } = outcome
      const body = { ...renderReservation(reservation), budget: budget.map(renderScopedBudget) }
      const headers = { location: `/v2/reservations/${reservation.id}` }
      return outcome.replayed
        ? c.json({ ...body, replayed: true as const }, 201, { ...headers, [REPLAYED_HEADER]: 'true' })
        : c.json(body, 201, headers)
    } catch (error) {
      const byHeader = request.requestId === null && header !== null
      const conflict = error instanceof Fault && error.code === 'request_id_conflict'
      throw byHeader && conflict ? new Fault('idempotency_conflict') : error
    }
  },
)
