import { MAX } from '../../core/ground/bounds.ts'
import { Fault } from '../../core/ground/faults.ts'

/** Who sends a body: a credential, or the network of somebody who has none. */
export type Sender = { credential: string } | { stranger: string }

/** One body on its way, from before its first byte until it has been parsed. */
export interface BodyUnderWay {
  /** Counts bytes that have come. Throws when the sender, or everybody together, has too many under way. */
  hold(bytes: number): void
  /** The body is no longer under way. */
  end(): void
}

/**
 * Bounds what bodies that have not ended hold of memory: their bytes and their number, of each sender and of all together.
 * A sender's own excess is `rate_limited`, that of all is `server_busy`.
 */
export interface BodyBudget {
  /** Counts a body that begins. Throws likewise. */
  begin(sender: Sender): BodyUnderWay
}

/** A body as it came. */
export interface ReceivedBody {
  text: string
  /** Undefined when the text is empty. */
  value: unknown
}

/** What receiving needs; on every context. */
export interface Receiving {
  budget: BodyBudget
  /** The longest that a whole body may take, in milliseconds. */
  timeoutMs: number
}

interface Held {
  bodies: number
  bytes: number
}

/** Starts with nothing under way. */
export function createBodyBudget(): BodyBudget {
  const senders = new Map<string, Held>()
  const all = { credentials: { bodies: 0, bytes: 0 }, strangers: { bodies: 0, bytes: 0 } }

  return {
    begin(sender) {
      const isStranger = 'stranger' in sender
      const name = isStranger ? `stranger ${sender.stranger}` : `credential ${sender.credential}`
      const total = isStranger ? all.strangers : all.credentials
      const { each, together } = isStranger ? MAX.strangersBodies : MAX.bodiesUnderWay
      const own = senders.get(name) ?? { bodies: 0, bytes: 0 }
      let bytes = 0

      function count(by: Held): void {
        for (const held of [own, total]) {
          held.bodies += by.bodies
          held.bytes += by.bytes
        }
        if (own.bodies > 0) senders.set(name, own)
        else senders.delete(name)
      }

      function requireRoom(): void {
        if (own.bodies > each.bodies || own.bytes > each.bytes)
          throw new Fault('rate_limited', { retryAfterMs: 1_000 })
        if (total.bodies > together.bodies || total.bytes > together.bytes) throw new Fault('server_busy')
      }

      const underWay: BodyUnderWay = {
        hold(more) {
          bytes += more
          count({ bodies: 0, bytes: more })
          requireRoom()
        },
        end: () => count({ bodies: -1, bytes: -bytes }),
      }
      count({ bodies: 1, bytes: 0 })
      try {
        requireRoom()
      } catch (error) {
        underWay.end()
        throw error
      }
      return underWay
    },
  }
}
