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
  /** The maximum time of its extensions in milliseconds (an hour by default), so that a forgotten hold ends. */
  keepMs?: number | undefined
}

/** The hold is no longer kept: an extension was refused, it has ended, or its time is over. `cause` has the reason. */
export class HoldLostError extends LatchkeyError {
  override readonly name: string = 'HoldLostError'
}

const KEEP_MS = 3_600_000
// Two more tries fit in before it runs out.
const PART = 3
const SOON_MS = 1_000
// Ever smaller parts of the remaining time would never end.
const LEAST_MS = 5

/**
 * Money that stays held for as long as the work takes: it extends itself, is settled once with the cost of the work, and is released at
 * the end of the block if it was not settled.
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
    // Measured by this machine's clock: only the duration comes from the server.
    const ttlMs = Date.parse(reservation.expiresAt) - Date.parse(reservation.heldAt)
    this.#ttlSeconds = Math.max(1, Math.round(ttlMs / 1_000))
    this.#expiresMs = Date.now() + ttlMs
    this.#endMs = Date.now() + keepMs
    // The hold of an earlier request: its age is unknown here.
    const replayed = reservation.replayed === true
    if (replayed && reservation.state !== 'open') this.#lose(`It is ${reservation.state}.`, undefined)
    else this.#extendIn(replayed ? 0 : ttlMs / PART)
  }

  /** Names it. */
  get id(): string {
    return this.#reservation.id
  }

  /** The reservation in its last known state. */
  get reservation(): Reserved | Reservation {
    return this.#reservation
  }

  /** Aborted with a {@link HoldLostError} when the money is no longer held, so that the work can stop. */
  get signal(): AbortSignal {
    return this.#controller.signal
  }

  /** Records the cost of the work. A second call returns the same result; after a release it fails. */
  settle(body: SettleReservation, options?: CallOptions): Promise<Reservation> {
    return this.#end(() => this.#holder.reservations.settle(this.id, body, options))
  }

  /** Releases the money. A second call, or a call after a settle, returns the final state. */
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
    // Without this, an end that nobody awaits would be an unhandled rejection; awaiting it still rejects.
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
