import { MAX } from '../../core/ground/bounds.ts'
import { type Clock, elapsedMsOf } from '../../core/ground/clock.ts'
import type { Facts } from '../../core/verify/facts.ts'
import type { ImmediateRateLimiter } from '../../core/verify/rates.ts'
import { addressGroup } from './client-address.ts'
import { heldCredential } from './credentials.ts'
import { isMuchToCome } from './unread-body.ts'

/** The sender of a request with a large body. */
export interface LargeSender {
  /**
   * The name of the user of a key that manages, or of a key that only uses, because its owner may have given it to a customer; null for a stranger.
   */
  id: string | null
  /** The same, with the network of a stranger. */
  subject: string
}

/**
 * Senders that press: those whose large bodies are refused again and again. They may begin hundreds of requests at the same moment, and to find
 * the route and the caller of each, only to refuse it, costs several times what accepting its connection costs. So a sender that presses is refused before any of that. Other senders, and requests without a large body, never are.
 */
export interface PressingSenders {
  /** The sender of a request, if memory holds its credential; otherwise a stranger. */
  senderOf(headers: Headers, client: Client): LargeSender
  /** Notes that a request was refused. Only those with a large body count. */
  noteRefused(headers: Headers, sender: LargeSender): void
  /** The sender, if it presses and this request is to be refused for that; null for every other request. */
  recognise(headers: Headers, client: Client): LargeSender | null
}

/** Tells the client's address; asked only if it is needed. */
interface Client {
  clientIp(): string | null
}

const { refusals, refusalsMs, judged, judgedMs, forMs, senders } = MAX.pressing
const REFUSED = { name: 'large-refusals', limit: refusals, windowMs: refusalsMs }
const JUDGED = { name: 'large-judged', limit: judged, windowMs: judgedMs }

interface Parts {
  rates: ImmediateRateLimiter
  facts: Pick<Facts, 'holds' | 'remembered'>
  clock: Clock
}

/**
 * Builds the memory of such senders. A sender presses for a minute after its refusals have exceeded their rate. Of its large requests then only
 * so many are judged as belong to a short piece of work, and none while its refusals exceed their rate; those that are judged and accepted have no
 * bound, so that somebody who sends a little too much does not get less than is allowed.
 */
export function createPressingSenders({ rates, facts, clock }: Parts): PressingSenders {
  /** Until when each of them presses, the earliest first. */
  const until = new Map<string, number>()

  function senderOf(headers: Headers, client: Client): LargeSender {
    const credential = heldCredential(headers, facts)
    const known = credential === null ? undefined : facts.remembered(credential.digest())
    if (known === undefined) return { id: null, subject: `network ${addressGroup(client.clientIp())}` }
    const { key, owner } = known
    // GoodMem's dialect lets a USER choose the id of its key, also that of another user.
    const id = key.access === 'use' ? `key ${key.id}` : `user ${owner.id}`
    return { id, subject: id }
  }

  function press(subject: string): void {
    // Set anew, so that the order is that of the times.
    until.delete(subject)
    until.set(subject, elapsedMsOf(clock) + forMs)
    const [earliest] = until.keys()
    if (until.size > senders && earliest !== undefined) until.delete(earliest)
  }

  function forgetPast(): void {
    const at = elapsedMsOf(clock)
    for (const [subject, end] of until) {
      if (end > at) return
      until.delete(subject)
    }
  }

  return {
    senderOf,
    noteRefused(headers, { subject }) {
      if (!isMuchToCome(headers)) return
      if (!rates.takeUnit({ subject, rate: REFUSED, cost: 1 })) press(subject)
    },
    recognise(headers, client) {
      if (until.size === 0 || !isMuchToCome(headers)) return null
      forgetPast()
      const sender = senderOf(headers, client)
      const { subject } = sender
      if (!until.has(subject)) return null
      const isOver = !rates.peek([{ subject, rate: REFUSED, cost: 1 }]).allowed
      if (!isOver && rates.takeUnit({ subject, rate: JUDGED, cost: 1 })) return null
      press(subject)
      return sender
    },
  }
}
