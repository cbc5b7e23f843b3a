import { operation } from '../../kernel/operation.ts'
import { json, problems, SECURITY } from '../wire.ts'
import { ReservationOut, renderReservation, reservationParam, reservationRef } from './reservation-wire.ts'

/** `POST /reservations/{id}/release` (docs/api.md#spend). */
export const releaseReservation = operation(
  {
    method: 'post',
    path: '/reservations/{reservationId}/release',
    operationId: 'releaseReservation',
    summary: 'Release a reservation',
    description:
      'Takes no body. A repeated call gets the same answer; an expired reservation stays `expired`, and a settled one is 409.',
    tags: ['reservations'],
    security: SECURITY,
    request: { params: reservationParam },
    responses: { 200: json(ReservationOut, 'The reservation as it now stands.'), ...problems(404, 409) },
  },
  { callers: 'REPORT_USAGE', action: 'reservation.release', target: 'key', dataPlane: true },
  async (c) => {
    const id = reservationRef(c.req.valid('param').reservationId)
    return c.json(renderReservation(await c.get('latchkey').reservations.release(c.get('call'), id)), 200)
  },
)
