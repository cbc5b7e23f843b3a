import type { Digest } from '../../core/types.ts'

/** A browser that has signed in. */
export interface BrowserSession {
  /** The digest of the secret it signed in with: every request is judged by what that key is now. */
  credential: Digest
  /** Forgets it. */
  end(): void
}

/** The sessions of browsers, which a cookie identifies. */
export interface BrowserSessions {
  /** The live session that the headers' cookie names, or null. */
  find(headers: Headers): BrowserSession | null
}

/**
 * The header that the dashboard's own page sends with every call. A page of another origin may not send it without being
 * asked for first, and nobody is asked; neither forms nor images can.
 */
export const DASHBOARD_HEADER = 'x-latchkey-dashboard'

/** What it says of calls that are made by a timer and not by a person, which keep no session awake. */
export const WATCHING = 'watch'

/**
 * Whether the dashboard's own page makes the request, so that a cookie may count. Browsers say where a request comes from in a
 * header that no page can set; where they do not (plain http to another machine), the origin has to be the host.
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
