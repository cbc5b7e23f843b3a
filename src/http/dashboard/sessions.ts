import type { Holder } from '../../core/access/browser-session.ts'
import type { LiveSession, SignIns } from '../../core/access/sign-ins.ts'
import type { Instant } from '../../core/ground/clock.ts'
import { type BrowserSessions, DASHBOARD_HEADER, WATCHING } from '../kernel/browser-sessions.ts'

/** A session that has just begun. */
export interface BegunSession {
  /** The value of `Set-Cookie`. */
  cookie: string
  /** The half of the token that the page keeps, and sends as {@link PAGE_TOKEN_HEADER}. */
  pageToken: string
  /** When it ends, however active the person is. */
  endsAt: Instant
}

/**
 * The header with the page's half of a session's token. Browsers send a cookie to every port of its host, and a service there could use it; only
 * pages of this port can read what this page keeps.
 */
const PAGE_TOKEN_HEADER = 'x-latchkey-session'

/** The browsers that have signed in, by their cookies and the tokens of their pages. */
export interface Sessions extends BrowserSessions {
  find(headers: Headers): Promise<LiveSession | null>
  begin(holder: Holder, headers: Headers): Promise<BegunSession>
  /** Returns the value of `Set-Cookie` that makes the browser delete the cookie. */
  forget(headers: Headers): string
  redeemLink: SignIns['redeemLink']
}

/** Builds the sessions of browsers over the table of those that have signed in. */
export function createSessions(signIns: SignIns): Sessions {
  return {
    async find(headers) {
      const [inCookie, ofPage] = [cookieOf(headers), headers.get(PAGE_TOKEN_HEADER)]
      if (inCookie === null || ofPage === null) return null
      return signIns.find(inCookie + ofPage, { isOfPerson: headers.get(DASHBOARD_HEADER) !== WATCHING })
    },
    async begin(holder, headers) {
      const { token, endsAt } = await signIns.begin(holder)
      const half = token.length / 2
      return { cookie: cookie(headers, token.slice(0, half), ''), pageToken: token.slice(half), endsAt }
    },
    forget: (headers) => cookie(headers, '', '; Max-Age=0'),
    redeemLink: signIns.redeemLink,
  }
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
