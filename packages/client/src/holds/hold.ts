import '../disposable.ts'
import type { CreateReservation, Reservation, Reserved, SettleReservation } from '../native/api.gen.ts'
import { LatchkeyApiError, LatchkeyError } from '../native/errors.ts'
import type { CallOptions } from '../native/options.ts'
import type { Reservations } from '../native/reservations.ts'

/** The part of a client that a kept hold uses: a `Latchkey`, or a fake. */
export interface Holder {
  /** Money held before it is spent. */
  readonly reservations: Pick<Reservations, 'create' | 'extend' | 'settle' | 'release'>
}

/** How a hold is kept. */
export interface KeepOptions {
  /** Ends the reserve when it is aborted. */
  signal?: AbortSignal | undefined
  /** Sent with the reserve. */
  headers?: CallOptions['headers'] | undefined
  /** How long it is extended at most, in milliseconds (an hour by default), so that a forgotten hold ends. */
  keepMs?: number | undefined
}

/** The hold is no longer kept: it was refused, has ended, or its time was over. `cause` is what happened. */
export class HoldLostError extends LatchkeyError {
  override readonly name: string = 'HoldLostError'
}

const KEEP_MS = 3_600_000
// Two more tries fit in before it runs out.
const PART = 3
const SOON_MS = 1_000
// Ever smaller parts of what is left would never end.
const LEAST_MS = 5

/**
 * Money that stays held for as long as the work takes: it extends itself, is settled once with what the work did cost, and is given back
 * at the end of the block when it was not.
 */
export class KeptHold {
  readonly #holder: Holder
  readonly #ttlSeconds: number
  readonly #endMs: number
  readonly #controller = new AbortController()
  #reservation: Reserved | Reservation
  #expiresMs: number
  #timer: ReturnType<typeof setTimeout> | undefined
  #ended: Promise<Reservation> | undefined

  /** Holds are made by {@link holdMoney}. */
  constructor(holder: Holder, reservation: Reserved, { keepMs = KEEP_MS }: KeepOptions = {}) {
    this.#holder = holder
    this.#reservation = reservation
    // By the clock of this machine: only how long it lasts is the server's.
    const ttlMs = Date.parse(reservation.expiresAt) - Date.parse(reservation.heldAt)
    this.#ttlSeconds = Math.max(1, Math.round(ttlMs / 1_000))
    this.#expiresMs = Date.now() + ttlMs
    this.#endMs = Date.now() + keepMs
    // One of an earlier request: nobody here knows how long ago it was made.
    const replayed = reservation.replayed === true
    if (replayed && reservation.state !== 'open') this.#lose(`It is ${reservation.state}.`, undefined)
    else this.#extendIn(replayed ? 0 : ttlMs / PART)
  }

  /** Names it. */
  get id(): string {
    return this.#reservation.id
  }

  /** As the server told it last. */
  get reservation(): Reserved | Reservation {
    return this.#reservation
  }

  /** Aborts with a {@link HoldLostError} when the money is no longer held, for the work to end with. */
  get signal(): AbortSignal {
    return this.#controller.signal
  }

  /** Records what the work did cost. Called again it answers the same; after a release it fails. */
  settle(body: SettleReservation, options?: CallOptions): Promise<Reservation> {
    return this.#end(() => this.#holder.reservations.settle(this.id, body, options))
  }

  /** Gives everything back. Called again, or after a settle, it answers what became of it. */
  release(options?: CallOptions): Promise<Reservation> {
    return this.#ended ?? this.#end(() => this.#holder.reservations.release(this.id, options))
  }

  /** Gives everything back unless it was settled, or a settle was tried: whether that got through only the server knows. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#ended === undefined) await this.release()
  }

  #end(call: () => Promise<Reservation>): Promise<Reservation> {
    clearTimeout(this.#timer)
    const ended = call().then((reservation) => {
      this.#reservation = reservation
      return reservation
    })
    this.#ended = ended
    // Who does not wait for it learns of its failure from nobody else; who does gets it all the same.
    ended.catch(() => {})
    return ended
  }

  #extendIn(ms: number): void {
    this.#timer = setTimeout(() => void this.#extend(), Math.max(0, Math.min(ms, this.#endMs - Date.now())))
    // A hold alone keeps no process running.
    const { unref } = this.#timer as { unref?: (() => void) | undefined }
    unref?.call(this.#timer)
  }

  async #extend(): Promise<void> {
    if (Date.now() >= this.#endMs) return this.#lose('It was kept for as long as it may be.', undefined)
    const begunMs = Date.now()
    const leftMs = this.#expiresMs - begunMs
    if (leftMs <= 0) return this.#lose('It could not be extended in time.', undefined)
    try {
      const options = { totalTimeoutMs: leftMs, timeoutMs: leftMs }
      const extended = await this.#holder.reservations.extend(
        this.id,
        { ttlSeconds: this.#ttlSeconds },
        options,
      )
      if (this.#ended) return
      this.#reservation = extended
      this.#expiresMs = begunMs + this.#ttlSeconds * 1_000
      this.#extendIn((this.#ttlSeconds * 1_000) / PART)
    } catch (error) {
      if (this.#ended) return
      const refused = error instanceof LatchkeyApiError && error.status < 500 && error.status !== 429
      if (refused) this.#lose('The server refused to extend it.', error)
      else if (this.#expiresMs <= Date.now()) this.#lose('It could not be extended in time.', error)
      else this.#extendIn(Math.min(SOON_MS, Math.max(LEAST_MS, (this.#expiresMs - Date.now()) / PART)))
    }
  }

  #lose(why: string, cause: unknown): void {
    const error = new HoldLostError(`The hold ${this.id} is no longer kept. ${why}`, { cause })
    this.#controller.abort(error)
  }
}

/** Reserves money of a key and keeps extending the reservation. Throws like `reservations.create` when there is no room.
 *
 * @example
 * await using hold = await holdMoney(latchkey, { keyId, amount: '1' })
 * const { cost } = await work({ signal: hold.signal })
 * await hold.settle({ amount: cost })
 */
export async function holdMoney(
  holder: Holder,
  body: CreateReservation,
  options: KeepOptions = {},
): Promise<KeptHold> {
  const { keepMs: _, ...call } = options
  return new KeptHold(holder, await holder.reservations.create(body, call), options)
}

/** The same for compilers without `await using`: reserves money for as long as the work takes, and releases it if the work has not
 * settled it. Returns the result of the work.
 */
export async function holdingMoney<T>(
  holder: Holder,
  { options, ...body }: CreateReservation & { options?: KeepOptions | undefined },
  work: (hold: KeptHold) => Promise<T>,
): Promise<T> {
  const hold = await holdMoney(holder, body, options)
  try {
    return await work(hold)
  } finally {
    await hold[Symbol.asyncDispose]()
  }
}
