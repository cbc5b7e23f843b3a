import { EXTENDED, RELEASED, RESERVATION, RESERVED, SETTLED } from './answers.ts'
import type {
  CreateReservation,
  ExtendReservation,
  operations,
  Reservation,
  ReservationExtended,
  ReservationSettled,
  Reserved,
  SettleReservation,
} from './api.gen.ts'
import type { Connection } from './connection.ts'
import { type List, listOf } from './list.ts'
import type { CallOptions } from './options.ts'
import { idempotencyHeader, type Repeatable } from './repeats.ts'
import { isGiven } from './shape.ts'

/** Which reservations to list. */
export type ReservationQuery = NonNullable<operations['listReservations']['parameters']['query']>

/** Money that is held before it is spent, and then settled with the real cost. */
export interface Reservations {
  /**
   * Holds money of a key; the hold is durable when the call resolves. Throws a LatchkeyApiError with the code `BUDGET_EXCEEDED` and the
   * limit that bound as `bound` when there is no room.
   */
  create(body: CreateReservation, options?: CallOptions & Repeatable): Promise<Reserved>
  /** Newest first. */
  list(query?: ReservationQuery, options?: CallOptions): List<Reservation>
  /** Reads one reservation. */
  get(id: string, options?: CallOptions): Promise<Reservation>
  /**
   * Lets an open one last longer, or hold more: at least so long from now, and at least so much in all. The addition needs
   * room, as in create. Repeating it changes nothing more.
   */
  extend(id: string, body: ExtendReservation, options?: CallOptions): Promise<ReservationExtended>
  /**
   * With the real cost: less, as much, or more (which is recorded as overdraft). Repeating it answers the same. Servers of this version
   * tell where the limits stand, and which thresholds the cost crossed.
   */
  settle(
    id: string,
    body: SettleReservation,
    options?: CallOptions,
  ): Promise<Reservation & Partial<Pick<ReservationSettled, 'budget' | 'crossed'>>>
  /** Gives everything back. Repeating it answers the same. */
  release(id: string, options?: CallOptions): Promise<Reservation>
}

/** The reservations of a server. */
export function reservationsOf(connection: Connection): Reservations {
  const at = (id: string, rest = '') => ({ path: `/v2/reservations/{id}${rest}`, names: { id } })
  return {
    create(body, options = {}) {
      const named = isGiven(body.requestId)
      const headers = named ? {} : idempotencyHeader(options.idempotencyKey)
      return connection.call(
        { method: 'POST', path: '/v2/reservations', body, headers, answers: RESERVED },
        options,
      )
    },
    list: (query, options) =>
      listOf<Reservation>(connection, { path: '/v2/reservations', item: RESERVATION, query, options }),
    get: async (id, options) => connection.call({ method: 'GET', ...at(id), answers: RESERVATION }, options),
    extend: async (id, body, options) =>
      connection.call({ method: 'POST', ...at(id, '/extend'), body, answers: EXTENDED }, options),
    settle: async (id, body, options) =>
      connection.call({ method: 'POST', ...at(id, '/settle'), body, answers: SETTLED }, options),
    release: async (id, options) =>
      connection.call({ method: 'POST', ...at(id, '/release'), answers: RELEASED }, options),
  }
}
