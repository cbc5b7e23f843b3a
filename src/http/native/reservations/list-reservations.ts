import { z } from '@hono/zod-openapi'
import type { KeyId } from '../../../core/types.ts'
import { uuid } from '../../kernel/input.ts'
import { operation } from '../../kernel/operation.ts'
import { answerPage, pageAsked, pageOf, pageQuery } from '../paging.ts'
import { json, named, problems, SECURITY } from '../wire.ts'
import { RESERVATION_STATES, ReservationOut, renderReservation } from './reservation-wire.ts'

const query = z.strictObject({
  keyId: uuid<KeyId>().optional(),
  state: z.enum(RESERVATION_STATES).optional(),
  ...pageQuery,
})

/** `GET /reservations` (docs/api.md#spend), newest first. */
export const listReservations = operation(
  {
    method: 'get',
    path: '/reservations',
    operationId: 'listReservations',
    summary: 'List reservations',
    description: 'Newest first. A caller with the role USER sees those of its own keys.',
    tags: ['reservations'],
    security: SECURITY,
    request: { query },
    responses: {
      200: json(pageOf(ReservationOut).openapi('ReservationPage'), 'One page of reservations.'),
      ...problems(),
    },
  },
  { callers: 'READ_USAGE', action: 'reservation.list', target: 'key', dataPlane: true },
  async (c) => {
    const { limit, cursor, ...filters } = c.req.valid('query')
    const listed = { list: 'reservations', ...filters }
    const asked = { ...named(filters), ...pageAsked({ limit, cursor }, listed) }
    const page = await c.get('latchkey').reservations.list(c.get('call'), asked)
    return answerPage(c, page, { listed, render: renderReservation })
  },
)
