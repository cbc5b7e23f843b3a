import type { Answer, CallOptions } from './app.ts'

/** A browser that has signed in to the dashboard. */
export interface SignedIn {
  /** What its page sends with each call. */
  options: CallOptions
  /** Signs out, by this server or by another one of the same database. */
  signOut(send?: Send): Promise<Answer>
}

type Send = (method: string, path: string, options?: CallOptions) => Promise<Answer>

const OWN_PAGE = {
  host: '127.0.0.1',
  origin: 'http://127.0.0.1',
  'sec-fetch-site': 'same-origin',
  'x-latchkey-dashboard': 'act',
}

/** Signs a browser in with a key. */
export async function signInBrowser(send: Send, key: string): Promise<SignedIn> {
  const answer = await send('POST', '/dashboard/session', { key: null, body: { key }, headers: OWN_PAGE })
  if (answer.status !== 201) throw new Error(`A sign-in was answered ${answer.status}: ${answer.text}`)
  const cookie = answer.headers.get('set-cookie')?.split(';')[0] ?? ''
  const headers = { ...OWN_PAGE, cookie, 'x-latchkey-session': answer.json.pageToken }
  const options = { key: null, headers }
  return { options, signOut: (by = send) => by('DELETE', '/dashboard/session', options) }
}
