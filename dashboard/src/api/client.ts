import { Latchkey, LatchkeyApiError, LatchkeyConnectionError, LatchkeyTimeoutError } from '@latchkey/client'
import { isActive } from './activity.ts'
import { BASE, SERVER } from './base.ts'
import { forgetPageToken, keepPageToken, pageToken } from './page-token.ts'

/** The user who is signed in, as the server reports. */
export interface SignedIn {
  user: { id: string; username: string; displayName: string; role: string }
  keyId: string
  endsAt: string | null
}

/** Dispatched on `window` when the session has ended. */
export const SIGNED_OUT = 'latchkey:signed-out'

const HEADER = 'x-latchkey-dashboard'

/** Sends one request of this session, and tells whether a person caused it: only that keeps a session awake. */
async function fetchAsDashboard(url: string, init: RequestInit): Promise<Response> {
  const response = await fetchInSession(url, init, isActive() ? 'act' : 'watch')
  if (response.status === 401) window.dispatchEvent(new Event(SIGNED_OUT))
  return response
}

function fetchInSession(url: string, init: RequestInit, purpose: 'act' | 'watch'): Promise<Response> {
  const headers = new Headers(init.headers)
  headers.set(HEADER, purpose)
  const token = pageToken()
  if (token !== null) headers.set('x-latchkey-session', token)
  return fetch(url, { ...init, headers, credentials: 'same-origin' })
}

/** The server of this page, called as the signed-in user. The key is not in the page; a cookie and the page's token identify the session. */
export const api: Latchkey = new Latchkey({
  baseUrl: SERVER,
  apiKey: null,
  retry: { maxRetries: 1 },
  timeoutMs: 15_000,
  fetch: fetchAsDashboard,
})

/** Signs in with a key, or with the secret part of a link. Throws {@link SignInError}. */
export async function signIn(given: { key: string } | { link: string }): Promise<SignedIn> {
  const headers = { 'content-type': 'application/json' }
  const sent = { method: 'POST', headers, body: JSON.stringify(given) }
  const response = await fetchInSession(`${BASE}/dashboard/session`, sent, 'act').catch(() => null)
  if (response === null) throw new SignInError(UNREACHABLE)
  const answer = await response.json().catch(() => ({}))
  if (response.status === 201) {
    const { pageToken, ...signedIn } = answer as SignedIn & { pageToken: string }
    keepPageToken(pageToken)
    return signedIn
  }
  throw new SignInError(signInProblem(response, answer as { detail?: string }))
}

/** Why signing in failed, in words for a person. */
class SignInError extends Error {}

function signInProblem({ status, headers }: Response, { detail }: { detail?: string }): string {
  if (status === 429) return `Too many attempts. Try again in ${headers.get('retry-after') ?? '60'} seconds.`
  if (status === 401) return `${detail ?? 'The key is not valid.'} Check that all of it was copied.`
  return detail ?? `The server answered with status ${status}.`
}

/** The signed-in user; null for none. */
export async function whoIsSignedIn(): Promise<SignedIn | null> {
  const response = await fetchAsDashboard(`${BASE}/dashboard/session`, {})
  if (response.status === 200) return (await response.json()) as SignedIn
  if (response.status === 401) return null
  // The key manages nothing any more, so nothing here would work; the page asks for another one.
  if (response.status === 403) {
    window.dispatchEvent(new Event(SIGNED_OUT))
    return null
  }
  throw new Error(`The server answered with status ${response.status}.`)
}

/** One setting of the server; a secret one has no value. */
export interface ShownSetting {
  env: string
  flag: string
  doc: string
  value: string | null
  isGiven: boolean
  isSecret: boolean
}

/** The settings that the server was started with. */
export async function readSettings(): Promise<{ version: string; settings: ShownSetting[] }> {
  const response = await fetchAsDashboard(`${BASE}/dashboard/settings`, {})
  if (response.status !== 200) throw new Error(`The server answered with status ${response.status}.`)
  return await response.json()
}

/** The state of the answering node among the others. */
export interface NodeStanding {
  nodes: number
  /** The last change that its memory contains. */
  revision: number
  /** How long ago memory was compared with the database; null before the first time. */
  lagMs: number | null
  isFresh: boolean
  /** Its changes that other nodes have not applied yet. */
  waiters: number
}

/** Whether the server can work, and the state of its node; without `node` there can be no others. */
export async function readStanding(): Promise<{ node?: NodeStanding }> {
  const response = await fetch(`${BASE}/readyz`, { credentials: 'omit' })
  if (response.status !== 200) throw new Error('The server cannot reach its database, or cannot write to it.')
  return await response.json()
}

/** Ends the session. Throws when the server has not ended it: the next person at this browser could go on with it. */
export async function signOut(): Promise<void> {
  const sent = { method: 'DELETE' }
  const response = await fetchInSession(`${BASE}/dashboard/session`, sent, 'act').catch(() => null)
  if (response?.status !== 204) throw new Error(STILL_SIGNED_IN)
  forgetPageToken()
}

const STILL_SIGNED_IN = 'You are still signed in: the server has not confirmed the end. Try again.'

const UNREACHABLE = 'The server cannot be reached. Check that it runs and that you are connected.'

/** An error in words for a person: what happened, and what to do. */
export function explain(error: unknown): string {
  if (error instanceof LatchkeyConnectionError || error instanceof LatchkeyTimeoutError) return UNREACHABLE
  if (error instanceof LatchkeyApiError) {
    if (error.status === 412)
      return 'Somebody else has changed this meanwhile. Look at it anew, then try again.'
    const places = error.errors.map(({ pointer, message }) => `${placeOf(pointer)}: ${message}`)
    const told = places.length > 0 ? places.join(' ') : error.message
    return error.status >= 500 && error.requestId !== undefined ? `${told} Request ${error.requestId}.` : told
  }
  return error instanceof Error ? error.message : String(error)
}

function placeOf(pointer: string): string {
  return pointer
    .replace(/^\//, '')
    .replace(/^query:/, '')
    .replaceAll('/', ' ')
}

/** Whether the server answered that there is no such record, or none that the caller may see. */
export function isNotFound(error: unknown): boolean {
  return error instanceof LatchkeyApiError && error.status === 404
}
