import { MAX } from '../../core/ground/bounds.ts'
import { Fault } from '../../core/ground/faults.ts'
import type { ImmediateRateLimiter } from '../../core/verify/rates.ts'
import type { Unpacking } from './unpacking.ts'

/** The sender of a body: a credential and its user, or the network of a caller without a credential. */
export type Sender = { credential: string; user: string } | { stranger: string }

/** One body that is being received, from before its first byte until it has been parsed. */
export interface BodyUnderWay {
  /** Counts bytes that have arrived. Throws when too many bytes are being received, from this sender or from all senders together. */
  hold(bytes: number): void
  /**
   * Counts the most bytes that this body may have when it is unpacked, before it is. Throws as `hold` does, also when the user's rate has no room for so
   * many.
   */
  reserve(bytes: number): void
  /** Counts the bytes that came out of it instead. Throws as `hold` does. */
  settle(bytes: number): void
  /** Ends the counting of this body. A second call does nothing. */
  end(): void
}

/**
 * Limits the memory that unfinished bodies use: their bytes and their number, per sender and in all. Limits how many bytes of large bodies a
 * user sends per second, too, because receiving them takes time from everybody. A sender over its own limit gets `rate_limited`. A user may
 * have as much as is left of the common limit for the others, so one alone has at most half of it, with however many keys, and several that
 * want all of it come to have the same; beyond that it gets `server_busy`. One large body of a user always passes.
 */
export interface BodyBudget {
  /**
   * Counts a body that begins, by the length that its sender declares: the server may buffer that much while the request waits for its
   * turn. Throws as `hold` does.
   */
  begin(sender: Sender, declaredBytes?: number): BodyUnderWay
}

/** A received body. */
export interface ReceivedBody {
  text: string
  /** Undefined for an empty body, and once it has been checked. */
  value: unknown
}

/** The settings for receiving a body; they are on every context. */
export interface Receiving {
  budget: BodyBudget
  unpacking: Unpacking
  /** The longest that a whole body may take, in milliseconds. */
  timeoutMs: number
}

interface Held {
  bodies: number
  bytes: number
}

/** The rate of a user's large bodies, in bytes. It is the same with any number of keys. */
const LARGE_BODIES = { name: 'large-bodies', limit: MAX.largeBodiesBytes, windowMs: 1_000 }
const TOO_MANY_BYTES = 'Too many large bodies of this user arrive. Send fewer at a time.'

/** Builds a budget with no body being received. */
export function createBodyBudget(rates: ImmediateRateLimiter): BodyBudget {
  const senders = new Map<string, Held>()
  const all = { users: { bodies: 0, bytes: 0 }, strangers: { bodies: 0, bytes: 0 } }

  function heldBy(name: string): Held {
    const held = senders.get(name) ?? { bodies: 0, bytes: 0 }
    senders.set(name, held)
    return held
  }

  /** Counts the bytes of a large body in the user's rate, or only looks whether it has room for them. */
  function meterOf(sender: Sender): (act: 'take' | 'peek', bytes: number) => void {
    let metered = 0
    return function meter(act, bytes) {
      if ('stranger' in sender || bytes <= MAX.unreadBodyBytes) return
      const decision = rates[act]([{ subject: sender.user, rate: LARGE_BODIES, cost: bytes - metered }])
      if (act === 'take') metered = bytes
      if (!decision.allowed)
        throw new Fault('rate_limited', { message: TOO_MANY_BYTES, retryAfterMs: decision.retryAfterMs })
    }
  }

  return {
    begin(sender, declaredBytes = 0) {
      const isStranger = 'stranger' in sender
      const total = isStranger ? all.strangers : all.users
      const { each, together } = isStranger ? MAX.strangersBodies : MAX.bodiesUnderWay
      const names = isStranger
        ? [`stranger ${sender.stranger}`]
        : [`credential ${sender.credential}`, `user ${sender.user}`]
      const [own, user] = names.map(heldBy)
      let counted = 0
      let arrived = 0
      let reserved = 0
      let hasEnded = false
      const meter = meterOf(sender)

      function count(by: Held): void {
        counted += by.bytes
        for (const held of [own, user, total]) {
          if (held === undefined) continue
          held.bodies += by.bodies
          held.bytes += by.bytes
        }
        for (const name of names) if (senders.get(name)?.bodies === 0) senders.delete(name)
      }

      function requireRoom(): void {
        if (isOver(own, each)) throw new Fault('rate_limited', { retryAfterMs: 1_000 })
        if (user === undefined) {
          if (isOver(total, together)) throw new Fault('server_busy')
          return
        }
        const left = { bodies: together.bodies - total.bodies, bytes: together.bytes - total.bytes }
        if (isOver(user, left) && isOver(user, MAX.sparedBodies)) throw new Fault('server_busy')
      }

      const underWay: BodyUnderWay = {
        hold(more) {
          arrived += more
          if (arrived <= counted) return
          count({ bodies: 0, bytes: arrived - counted })
          requireRoom()
          meter('take', arrived)
        },
        reserve(bytes) {
          meter('peek', bytes)
          reserved = Math.max(0, bytes - counted)
          count({ bodies: 0, bytes: reserved })
          requireRoom()
        },
        settle(bytes) {
          count({ bodies: 0, bytes: -reserved })
          reserved = 0
          underWay.hold(bytes)
        },
        end() {
          if (hasEnded) return
          hasEnded = true
          count({ bodies: -1, bytes: -counted })
        },
      }
      count({ bodies: 1, bytes: declaredBytes })
      try {
        requireRoom()
        meter('take', declaredBytes)
      } catch (error) {
        underWay.end()
        throw error
      }
      return underWay
    },
  }
}

function isOver(held: Held | undefined, { bodies, bytes }: Held): boolean {
  return held !== undefined && (held.bodies > bodies || held.bytes > bytes)
}
