import { Latchkey, LatchkeyApiError, LatchkeyConnectionError, LatchkeyTimeoutError } from '@latchkey/client'
import { isActive } from './activity.ts'
import { BASE, SERVER } from './base.ts'

/** Who is signed in, as the server tells. */
export interface SignedIn {
  user: { id: string; username: string; displayName: string; role: string }
  keyId: string
  endsAt: string | null
}

/** Dispatched on `window` when the server says that nobody is signed in any more. */
export const SIGNED_OUT = 'latchkey:signed-out'

const HEADER = 'x-latchkey-dashboard'

/** Sends one request with the session's cookie, and says whether a person is behind it: only that keeps a session awake. */
async function fetchAsDashboard(url: string, init: RequestInit): Promise<Response> {
  const headers = new Headers(init.headers)
  headers.set(HEADER, isActive() ? 'act' : 'watch')
  const response = await fetch(url, { ...init, headers, credentials: 'same-origin' })
  if (response.status === 401) window.dispatchEvent(new Event(SIGNED_OUT))
  return response
}

/** The server that this page came from, called as whoever is signed in. The key itself is not here: a cookie stands for it. */
export const api: Latchkey = new Latchkey({
  baseUrl: SERVER,
  apiKey: null,
  retry: { maxRetries: 1 },
  timeoutMs: 15_000,
  fetch: fetchAsDashboard,
})

/** Signs in with a key, or with the secret part of a link. Throws {@link SignInError}. */
export async function signIn(given: { key: string } | { link: string }): Promise<SignedIn> {
  const response = await fetch(`${BASE}/dashboard/session`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', [HEADER]: 'act' },
    body: JSON.stringify(given),
    credentials: 'same-origin',
  }).catch(() => null)
  if (response === null) throw new SignInError(UNREACHABLE)
  const answer = await response.json().catch(() => ({}))
  if (response.status === 201) return answer as SignedIn
  throw new SignInError(signInProblem(response, answer as { detail?: string }))
}

/** Why nobody was signed in, in words for a person. */
export class SignInError extends Error {}

function signInProblem({ status, headers }: Response, { detail }: { detail?: string }): string {
  if (status === 429) return `Too many attempts. Try again in ${headers.get('retry-after') ?? '60'} seconds.`
  if (status === 401) return `${detail ?? 'The key is not valid.'} Check that all of it was copied.`
  return detail ?? `The server answered with status ${status}.`
}

/** Who is signed in; null when nobody is. */
export async function whoIsSignedIn(): Promise<SignedIn | null> {
  const response = await fetchAsDashboard(`${BASE}/dashboard/session`, {})
  if (response.status === 200) return (await response.json()) as SignedIn
  if (response.status === 401) return null
  // The key manages nothing any more: nothing here would work, so another one is asked for.
  if (response.status === 403) {
    window.dispatchEvent(new Event(SIGNED_OUT))
    return null
  }
  throw new Error(`The server answered with status ${response.status}.`)
}

/** One setting of the server; nothing of a secret one. */
export interface ShownSetting {
  env: string
  flag: string
  doc: string
  value: string | null
  isGiven: boolean
  isSecret: boolean
}

/** How the server was started. */
export async function readSettings(): Promise<{ version: string; settings: ShownSetting[] }> {
  const response = await fetchAsDashboard(`${BASE}/dashboard/settings`, {})
  if (response.status !== 200) throw new Error(`The server answered with status ${response.status}.`)
  return await response.json()
}

/** How the node that answered stands among the others. */
export interface NodeStanding {
  nodes: number
  /** The last change that its memory reflects. */
  revision: number
  /** For how long it was not compared with the database; null before the first time. */
  lagMs: number | null
  isFresh: boolean
  /** Its changes that other nodes have still to apply. */
  waiters: number
}

/** Whether the server can do its work, and how its node stands; without `node` it is the only one there can be. */
export async function readStanding(): Promise<{ node?: NodeStanding }> {
  const response = await fetch(`${BASE}/readyz`, { credentials: 'omit' })
  if (response.status !== 200) throw new Error('The server cannot reach its database, or cannot write to it.')
  return await response.json()
}

/** Ends the session. */
export async function signOut(): Promise<void> {
  await fetch(`${BASE}/dashboard/session`, {
    method: 'DELETE',
    headers: { [HEADER]: 'act' },
    credentials: 'same-origin',
  })
}

const UNREACHABLE = 'The server cannot be reached. Check that it runs and that you are connected.'

/** What went wrong, in words for a person: what happened, and what to do. */
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

/** Whether the server says that there is no such record, or none for this caller. */
export function isNotFound(error: unknown): boolean {
  return error instanceof LatchkeyApiError && error.status === 404
}
