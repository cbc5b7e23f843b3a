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
  /** Without a call that a person made, in milliseconds. */
  idleMs: number
  /** In any case, in milliseconds. */
  lifeMs: number
}

/** A session as its own browser may know it. */
export interface KnownSession extends BrowserSession {
  /** When it ends whatever is done. */
  endsAt: Instant
}

/** A session that has just begun. */
export interface BegunSession {
  /** The value of `Set-Cookie`. */
  cookie: string
  /** When it ends whatever is done. */
  endsAt: Instant
}

/** Who has signed in. It lives in memory only: a restart signs everybody out. */
export interface Sessions extends BrowserSessions {
  find(headers: Headers): KnownSession | null
  begin(holder: Holder, headers: Headers): BegunSession
  /** Gives the value of `Set-Cookie` that makes the browser forget. */
  forget(headers: Headers): string
  /** Makes the secret part of a link that signs in once, within {@link LINK_MS}. */
  offerLink(credential: Digest): string
  /** The credential that such a link stands for, which is used up; null for one that was never made, used before or is too old. */
  redeemLink(token: string): Digest | null
}

/** Who signs in. */
export interface Holder {
  userId: UserId
  credential: Digest
}

/** How long the link works that a first start prints, in milliseconds. */
export const LINK_MS = 15 * 60_000

const SESSIONS_MAX = 1_000
const SESSIONS_PER_USER_MAX = 20
const LINKS_MAX = 10
const TOKEN_BYTES = 32

interface Kept extends Holder {
  beganAt: Instant
  activeAt: Instant
}

/** Builds the table of sessions. Tokens are kept as digests, so that whoever reads the memory cannot use them. */
export function createSessions({
  clock,
  random,
  idleMs,
  lifeMs,
}: { clock: Clock; random: RandomBytes } & SessionTimes): Sessions {
  /** By the digest of its token; whoever did nothing for the longest time comes first. */
  const kept = new Map<string, Kept>()
  const links = new Map<string, { credential: Digest; until: Instant }>()

  const newToken = () => Buffer.from(random(TOKEN_BYTES)).toString('base64url')
  const endsAt = ({ beganAt }: Kept) => beganAt + lifeMs
  const idleEndsAt = (session: Kept) => Math.min(session.activeAt + idleMs, endsAt(session))

  /** When all places are taken, whoever holds most of them gives one up, so that many browsers of few users sign nobody else out. */
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
 * The cookie's name. A browser keeps one jar for all ports of a machine, so the port is part of it; and where the connection is
 * encrypted, the prefix keeps everybody but this very host from setting it.
 */
function nameOf(headers: Headers, isSecure: boolean): string {
  const port = /:(\d+)$/.exec(headers.get('host') ?? '')?.[1]
  return `${isSecure ? '__Host-' : ''}latchkey${port === undefined ? '' : `-${port}`}`
}

function cookie(headers: Headers, token: string, more: string): string {
  // The page's own origin says whether the browser speaks https, whatever stands between it and here.
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
 * Browsers send Fetch Metadata only over https and to their own machine (https://www.w3.org/TR/fetch-metadata/), so a request for
 * another host that carries it came over https, whatever stands between. There a cookie without the prefix is none of ours: a
 * neighbouring host has set it, to have a person work as somebody else.
 */
function isSurelySecure(headers: Headers): boolean {
  const name = (headers.get('host') ?? '').replace(/:\d+$/, '')
  return headers.has('sec-fetch-site') && !/^(.+\.)?localhost$|^127\.|^\[::1\]$/i.test(name)
}
