import { operation } from '../../kernel/operation.ts'
import { json, problems, SECURITY } from '../wire.ts'
import { ReservationOut, renderReservation, reservationParam, reservationRef } from './reservation-wire.ts'

/** `GET /reservations/{id}` (docs/api.md#spend). */
export const getReservation = operation(
  {
    method: 'get',
    path: '/reservations/{reservationId}',
    operationId: 'getReservation',
    summary: 'Read a reservation',
    tags: ['reservations'],
    security: SECURITY,
    request: { params: reservationParam },
    responses: { 200: json(ReservationOut, 'The reservation.'), ...problems(404) },
  },
  { callers: 'READ_USAGE', action: 'reservation.get', target: 'key', dataPlane: true },
  async (c) => {
    const id = reservationRef(c.req.valid('param').reservationId)
    return c.json(renderReservation(await c.get('latchkey').reservations.get(c.get('call'), id)), 200)
  },
)
