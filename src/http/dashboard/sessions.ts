import { createHash } from 'node:crypto'
import type { Clock, Instant, RandomBytes } from '../../core/ground/clock.ts'
import type { Digest, UserId } from '../../core/types.ts'
import {
  type BrowserSession,
  type BrowserSessions,
  DASHBOARD_HEADER,
  WATCHING,
} from '../kernel/browser-sessions.ts'

/** How long a browser stays signed in. */
export interface SessionTimes {
  /** Without a call by a person, in milliseconds. */
  idleMs: number
  /** At most, however active the person is, in milliseconds. */
  lifeMs: number
}

/** What a browser may know of its own session. */
export interface KnownSession extends BrowserSession {
  /** When it ends, however active the person is. */
  endsAt: Instant
}

/** A session that has just begun. */
export interface BegunSession {
  /** The value of `Set-Cookie`. */
  cookie: string
  /** When it ends, however active the person is. */
  endsAt: Instant
}

/** The browsers that have signed in. They are kept in memory only, so a restart signs everybody out. */
export interface Sessions extends BrowserSessions {
  find(headers: Headers): KnownSession | null
  begin(holder: Holder, headers: Headers): BegunSession
  /** Returns the value of `Set-Cookie` that makes the browser delete the cookie. */
  forget(headers: Headers): string
  /** Makes the secret part of a link that signs in once, within {@link LINK_MS}. */
  offerLink(credential: Digest): string
  /**
   * The credential for which such a link was made; the link is used up then. Null for a link that was never made, was used before, or
   * is too old.
   */
  redeemLink(token: string): Digest | null
}

/** The person who signs in. */
export interface Holder {
  userId: UserId
  credential: Digest
}

/** How long the link that the first start prints is valid, in milliseconds. */
export const LINK_MS = 15 * 60_000

const SESSIONS_MAX = 1_000
const SESSIONS_PER_USER_MAX = 20
const LINKS_MAX = 10
const TOKEN_BYTES = 32

interface Kept extends Holder {
  beganAt: Instant
  activeAt: Instant
}

/** Builds the table of sessions. It keeps digests of the tokens, so a copy of the memory does not let anybody in. */
export function createSessions({
  clock,
  random,
  idleMs,
  lifeMs,
}: { clock: Clock; random: RandomBytes } & SessionTimes): Sessions {
  /** The sessions by the digest of their token; the one that was used longest ago comes first. */
  const kept = new Map<string, Kept>()
  const links = new Map<string, { credential: Digest; until: Instant }>()

  const newToken = () => Buffer.from(random(TOKEN_BYTES)).toString('base64url')
  const endsAt = ({ beganAt }: Kept) => beganAt + lifeMs
  const idleEndsAt = (session: Kept) => Math.min(session.activeAt + idleMs, endsAt(session))

  /** When all places are taken, the user with the most sessions loses one, so a few users with many browsers sign nobody else out. */
  function makeRoom({ userId }: Holder): void {
    const now = clock.now()
    for (const [digest, session] of kept) if (idleEndsAt(session) <= now) kept.delete(digest)
    const byUser = Map.groupBy(kept, ([, session]) => session.userId)
    const own = byUser.get(userId) ?? []
    const most = [...byUser.values()].reduce((one, other) => (other.length > one.length ? other : one), [])
    const [eldest] = own.length >= SESSIONS_PER_USER_MAX ? own : kept.size >= SESSIONS_MAX ? most : []
    if (eldest !== undefined) kept.delete(eldest[0])
  }

  function find(headers: Headers): KnownSession | null {
    const token = cookieOf(headers)
    if (token === null) return null
    const digest = digestOf(token)
    const session = kept.get(digest)
    if (session === undefined) return null
    const now = clock.now()
    if (idleEndsAt(session) <= now) {
      kept.delete(digest)
      return null
    }
    if (headers.get(DASHBOARD_HEADER) !== WATCHING) {
      session.activeAt = Math.max(session.activeAt, now)
      kept.delete(digest)
      kept.set(digest, session)
    }
    const { credential } = session
    return { credential, endsAt: endsAt(session), end: () => void kept.delete(digest) }
  }

  return {
    find,
    begin(holder, headers) {
      makeRoom(holder)
      const token = newToken()
      const now = clock.now()
      const session = { ...holder, beganAt: now, activeAt: now }
      kept.set(digestOf(token), session)
      return { cookie: cookie(headers, token, ''), endsAt: endsAt(session) }
    },
    forget: (headers) => cookie(headers, '', '; Max-Age=0'),
    offerLink(credential) {
      const token = newToken()
      const [eldest] = links.size >= LINKS_MAX ? links.keys() : []
      if (eldest !== undefined) links.delete(eldest)
      links.set(digestOf(token), { credential, until: clock.now() + LINK_MS })
      return token
    },
    redeemLink(token) {
      const digest = digestOf(token)
      const link = links.get(digest)
      links.delete(digest)
      return link === undefined || link.until <= clock.now() ? null : link.credential
    },
  }
}

function digestOf(token: string): string {
  return createHash('sha256').update(token).digest('hex')
}

/**
 * The cookie's name. Browsers share cookies among all ports of a machine, so the name has the port. Over https it has the prefix
 * `__Host-`, which only this host can set.
 */
function nameOf(headers: Headers, isSecure: boolean): string {
  const port = /:(\d+)$/.exec(headers.get('host') ?? '')?.[1]
  return `${isSecure ? '__Host-' : ''}latchkey${port === undefined ? '' : `-${port}`}`
}

function cookie(headers: Headers, token: string, more: string): string {
  // The origin that the page sends says whether the browser uses https, also when a proxy is in between.
  const isSecure = (headers.get('origin') ?? '').startsWith('https:')
  const secure = isSecure ? '; Secure' : ''
  return `${nameOf(headers, isSecure)}=${token}; Path=/; HttpOnly; SameSite=Strict${secure}${more}`
}

function cookieOf(headers: Headers): string | null {
  const cookies = new Map(
    (headers.get('cookie') ?? '').split(';').map((pair) => {
      const [name = '', ...value] = pair.split('=')
      return [name.trim(), value.join('=').trim()]
    }),
  )
  const secure = cookies.get(nameOf(headers, true))
  if (secure !== undefined || isSurelySecure(headers)) return secure ?? null
  return cookies.get(nameOf(headers, false)) ?? null
}

/**
 * Browsers send Fetch Metadata only over https and to their own machine (https://www.w3.org/TR/fetch-metadata/). So a request for
 * another host that has such headers came over https, also when a proxy is in between. Its cookie must have the prefix; a cookie
 * without it may be set by a neighbouring host, to make a person work as somebody else.
 */
function isSurelySecure(headers: Headers): boolean {
  const name = (headers.get('host') ?? '').replace(/:\d+$/, '')
  return headers.has('sec-fetch-site') && !/^(.+\.)?localhost$|^127\.|^\[::1\]$/i.test(name)
}
