import { MAX } from '../../core/ground/bounds.ts'
import { Fault } from '../../core/ground/faults.ts'

/** Who sends a body: a credential and the user whose it is, or the network of somebody who has none. */
export type Sender = { credential: string; user: string } | { stranger: string }

/** One body on its way, from before its first byte until it has been parsed. */
export interface BodyUnderWay {
  /** Counts bytes that have come. Throws when the sender, or everybody together, has too many under way. */
  hold(bytes: number): void
  /** The body is no longer under way. Does nothing the second time. */
  end(): void
}

/**
 * Bounds what bodies that have not ended hold of memory: their bytes and their number, of each sender and of all together.
 * A sender's own excess is `rate_limited`. When all together have too many, users who have more than one large body are
 * `server_busy`: no user, with however many keys, can keep out one that sends a single body.
 */
export interface BodyBudget {
  /**
   * Counts a body that begins, with as many bytes as its sender says will come: memory is given to them while the request waits for its
   * turn. Throws likewise.
   */
  begin(sender: Sender, declaredBytes?: number): BodyUnderWay
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
  const all = { users: { bodies: 0, bytes: 0 }, strangers: { bodies: 0, bytes: 0 } }

  function heldBy(name: string): Held {
    const held = senders.get(name) ?? { bodies: 0, bytes: 0 }
    senders.set(name, held)
    return held
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
      let hasEnded = false

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
        const isSpared = user !== undefined && !isOver(user, MAX.sparedBodies)
        if (isOver(total, together) && !isSpared) throw new Fault('server_busy')
      }

      const underWay: BodyUnderWay = {
        hold(more) {
          arrived += more
          if (arrived <= counted) return
          count({ bodies: 0, bytes: arrived - counted })
          requireRoom()
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
