import type { Digest } from '../../core/types.ts'

/** A browser that has signed in. */
export interface BrowserSession {
  /** The digest of its token, by which the store knows it. */
  digest: Digest
  /** The digest of the secret that signed in. Every request is judged by the present state of its key. */
  credential: Digest
  /** Ends the session, on every node when this resolves. */
  end(): Promise<void>
}

/** The sessions of browsers, which a cookie and a token of their page identify. */
export interface BrowserSessions {
  /** The live session whose cookie and page's token are among the headers, or null. */
  find(headers: Headers): Promise<BrowserSession | null>
}

/**
 * A header that the dashboard's own page sends with every call. A page of another origin could send it only after a CORS preflight,
 * and the server answers none; forms and images cannot send headers.
 */
export const DASHBOARD_HEADER = 'x-latchkey-dashboard'

/** The value of the header on calls that a timer makes. They do not keep a session awake. */
export const WATCHING = 'watch'

/**
 * Whether the request comes from the dashboard's own page, so that its cookie may count. Browsers name the origin of a request in a
 * header that pages cannot set. Where they do not (plain http to another machine), `Origin` has to equal the host.
 */
export function fromOwnPage(headers: Headers): boolean {
  if (headers.get(DASHBOARD_HEADER) === null) return false
  const site = headers.get('sec-fetch-site')
  if (site !== null) return site === 'same-origin'
  const origin = headers.get('origin')
  return origin === null || hostOf(origin) === headers.get('host')
}

function hostOf(origin: string): string | null {
  return URL.canParse(origin) ? new URL(origin).host : null
}
