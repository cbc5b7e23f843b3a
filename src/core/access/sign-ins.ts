// Tests: src/core/access/sign-ins.test.ts
import type { SignInStore } from '../../store/sign-ins.ts'
import { isAhead } from '../ground/ahead.ts'
import { MAX } from '../ground/bounds.ts'
import type { Clock, Instant, RandomBytes } from '../ground/clock.ts'
import { digestOf, Secret } from '../ground/secret.ts'
import type { Digest } from '../types.ts'
import type { BrowserSession, Holder } from './browser-session.ts'

/** How long a browser stays signed in. */
export interface SessionTimes {
  /** Without a call that a person made, in milliseconds. */
  idleMs: number
  /** In any case, in milliseconds. */
  lifeMs: number
}

/** A session that has not ended. */
export interface LiveSession {
  digest: Digest
  /** The digest of the secret with which it began. */
  credential: Digest
  /** The time when it ends in any case. */
  endsAt: Instant
  /** Ends it, on all nodes when this resolves. */
  end(): Promise<void>
}

/** The browsers that have signed in, on all nodes of the store. Nothing of it is kept in memory. */
export interface SignIns {
  /** Begins a session, with a token for the browser that is stored nowhere. */
  begin(holder: Holder): Promise<{ token: string; endsAt: Instant }>
  /** The session of this token, or null. A call that a person made prolongs it. */
  find(token: string, call: { isOfPerson: boolean }): Promise<LiveSession | null>
  /** Makes the secret part of a link that signs in once, within {@link LINK_MS}. */
  offerLink(credential: Digest): Promise<string>
  /** The credential that such a link stands for, which is used up; null for one that was never made, used before or is too old. */
  redeemLink(token: string): Promise<Digest | null>
  /** Deletes some of the sessions and links that have ended; returns how many. */
  forgetOld(): Promise<number>
}

/** How long the link works that a first start prints, in milliseconds. */
export const LINK_MS = 15 * 60_000

/** How many browsers a user may be signed in with; one more signs the least active one out. */
export const SESSIONS_PER_USER_MAX = 20

const LINK_BYTES = 32
/** A token of a session is given out in two halves, each of which is as hard to guess as a link. */
const TOKEN_BYTES = 2 * LINK_BYTES
/** Texts of any other form are none of ours, and the store is not asked for them. */
const LINK = /^[\w-]{43}$/
const TOKEN = /^[\w-]{86}$/

/** Activity is written once in this part of the idle time, so a session may end that much sooner. */
const ACTIVITY_PARTS = 30

/** Builds the table of browsers. */
export function createSignIns({
  store,
  clock,
  random,
  idleMs,
  lifeMs,
}: { store: SignInStore; clock: Clock; random: RandomBytes } & SessionTimes): SignIns {
  const newToken = (bytes: number) => Buffer.from(random(bytes)).toString('base64url')
  const endsAt = ({ beganAt }: BrowserSession) => beganAt + lifeMs
  const idleEndsAt = (session: BrowserSession) => Math.min(session.activeAt + idleMs, endsAt(session))
  // A session or link from a clock that was ahead would live longer than it may. Its person signs in again.
  const hasEnded = (session: BrowserSession, now: Instant) =>
    idleEndsAt(session) <= now || isAhead(session.activeAt, now)

  return {
    async begin(holder) {
      const token = newToken(TOKEN_BYTES)
      const now = clock.now()
      const session = { ...holder, digest: digestOfToken(token), beganAt: now, activeAt: now }
      await store.beginSession(session, SESSIONS_PER_USER_MAX)
      return { token, endsAt: endsAt(session) }
    },

    async find(token, { isOfPerson }) {
      if (!TOKEN.test(token)) return null
      const session = await store.findSession(digestOfToken(token))
      const now = clock.now()
      if (session === null || hasEnded(session, now)) return null
      const { credential, digest } = session
      if (isOfPerson && now - session.activeAt >= idleMs / ACTIVITY_PARTS) {
        // Where it cannot be written, the session ends sooner, and the call itself need not fail.
        await store.touchSession(digest, now).catch(() => {})
      }
      return { digest, credential, endsAt: endsAt(session), end: () => store.endSession(digest) }
    },

    async offerLink(credential) {
      const token = newToken(LINK_BYTES)
      await store.offerLink({ digest: digestOfToken(token), credential, endsAt: clock.now() + LINK_MS })
      return token
    },

    async redeemLink(token) {
      if (!LINK.test(token)) return null
      const link = await store.takeLink(digestOfToken(token))
      const now = clock.now()
      if (link === null || link.endsAt <= now || isAhead(link.endsAt - LINK_MS, now)) return null
      return link.credential
    },

    forgetOld() {
      const now = clock.now()
      const ahead = now + MAX.clockAheadMs
      return store.forgetSignIns({
        beganUntil: now - lifeMs,
        activeUntil: now - idleMs,
        activeAfter: ahead,
        linksUntil: now,
        linksAfter: ahead + LINK_MS,
        limit: MAX.choreRows,
      })
    },
  }
}

function digestOfToken(token: string): Digest {
  return digestOf(new Secret(token))
}
