import { ConnectionFailure, TimeoutFailure } from './failures.ts'
import { connectionFailure, withoutCredentials } from './reason.ts'
import { within } from './within.ts'

/** The part of `fetch` that is used. `globalThis.fetch` is one; tests and proxies bring their own. */
export type Fetch = (url: string, init: RequestInit) => Promise<Response>

/** One request, exactly as it goes out. */
export interface Outgoing {
  /** The HTTP method. */
  method: string
  /** With its query. */
  url: string
  /** Sent as they are. */
  headers: Headers | Record<string, string>
  /** Sent as it is. */
  body?: string | undefined
  /** Ends the call when the caller aborts it. */
  signal?: AbortSignal | null | undefined
  /** From the start to the last byte of the answer, in milliseconds; absent or not above 0: unlimited. */
  timeoutMs?: number | undefined
  /** `globalThis.fetch` when absent. */
  fetch?: Fetch | undefined
  /** Further options for `fetch`, such as `keepalive`. The members above and `redirect` take precedence. */
  init?: RequestInit | undefined
}

/** An answer that was read to its end, whatever its status. */
export interface Incoming {
  /** 0 where a browser hides an answer because it is a redirect. */
  status: number
  /** The words beside the status. */
  statusText: string
  /** From the response. */
  headers: Headers
  /** The whole body; empty where that was too large. */
  text: string
  /** Whether the body was beyond {@link ANSWER_BYTES} or {@link ANSWER_VALUES}, and was left at that. */
  tooLarge: boolean
  /** The platform's own object; its body is used up. */
  response: Response
}

/** The longest body that is read, decompressed. No answer comes near it but lists without pages. In bytes. */
export const ANSWER_BYTES: number = 16 * 1024 * 1024

/** The most values of JSON that are made of a body: each costs many times what it measures as text. */
export const ANSWER_VALUES: number = 1_000_000

/**
 * Sends one request and reads its whole answer. Redirects are not followed: a key must not travel to another place.
 * @throws ConnectionFailure, TimeoutFailure or AbortedFailure.
 */
export async function send(outgoing: Outgoing): Promise<Incoming> {
  const { url, signal, timeoutMs = 0 } = outgoing
  const late = () => new TimeoutFailure(`${place(url)} did not answer within ${timeoutMs} ms.`, timeoutMs)
  return within({ signal, timeoutMs, late }, async (bound) => {
    try {
      return await exchange(outgoing, bound)
    } catch (error) {
      throw error instanceof ConnectionFailure ? error : connectionFailure(place(url), error)
    }
  })
}

async function exchange(outgoing: Outgoing, signal: AbortSignal): Promise<Incoming> {
  const { method, url, body, fetch = globalThis.fetch, init } = outgoing
  const headers = new Headers(outgoing.headers)
  // Where a browser lets a page set its name at all, the server must have allowed it, and most have not.
  if ('document' in globalThis || 'WorkerGlobalScope' in globalThis) headers.delete('user-agent')
  const response = await fetch(url, {
    ...init,
    method,
    headers,
    signal,
    redirect: 'manual',
    ...(body !== undefined && { body }),
  })
  const text = await read(response, signal)
  const { status, statusText, headers: received } = response
  return { status, statusText, headers: received, text: text ?? '', tooLarge: text === undefined, response }
}

/** The body; undefined where it is too large, which no more than the bound is read to find out. */
async function read(response: Response, signal: AbortSignal): Promise<string | undefined> {
  const reader = response.body?.getReader()
  // Without streams there is nothing to leave unread but what tells its length.
  const declaresTooMuch = Number(response.headers.get('content-length')) > ANSWER_BYTES
  if (!reader) return declaresTooMuch ? undefined : bounded(await response.text())
  const drop = () => void reader.cancel().catch(() => {})
  const leave = () => {
    drop()
    return undefined
  }
  signal.addEventListener('abort', drop)
  try {
    // A fetch that does not heed its signal may come too late.
    if (signal.aborted) throw signal.reason
    if (declaresTooMuch) return leave()
    const decoder = new TextDecoder()
    let text = ''
    let bytes = 0
    for (let part = await reader.read(); !part.done; part = await reader.read()) {
      bytes += part.value.byteLength
      if (bytes > ANSWER_BYTES) return leave()
      text += decoder.decode(part.value, { stream: true })
    }
    return bounded(text + decoder.decode())
  } catch (error) {
    drop()
    throw error
  } finally {
    signal.removeEventListener('abort', drop)
  }
}

/** The text, unless it is beyond the bounds. */
function bounded(text: string): string | undefined {
  if (text.length > ANSWER_BYTES) return undefined
  let values = 0
  for (let at = 0; text.length > ANSWER_VALUES && at < text.length; at += 1) {
    const code = text.charCodeAt(at)
    if (code === COMMA || code === BRACE || code === BRACKET) values += 1
    if (values > ANSWER_VALUES) return undefined
  }
  return text
}

const COMMA = 44
const BRACKET = 91
const BRACE = 123

/** Says so of an answer that was too large, for a person. */
export function tooLargeAdvice({ status }: Pick<Incoming, 'status'>): string {
  return `The server answered ${status} with more than ${ANSWER_BYTES} bytes or ${ANSWER_VALUES} values, which are not read.`
}

/** The forms in which headers can be given. */
export type HeaderLayer = ConstructorParameters<typeof Headers>[0] | Record<string, string | undefined>

/** These headers in one, the later over the earlier; an undefined one is none. Throws a TypeError that quotes no value: one of them is a key. */
export function headersOf(...layers: HeaderLayer[]): Headers {
  const made = new Headers()
  try {
    for (const layer of layers) {
      new Headers(given(layer)).forEach((value, name) => {
        made.set(name, value)
      })
    }
  } catch {
    throw new TypeError('A header, perhaps the one with the key, has a character that no header can carry.')
  }
  return made
}

// A variable of the environment that is not set would be sent as the word "undefined".
function given(layer: HeaderLayer): ConstructorParameters<typeof Headers>[0] {
  if (layer === undefined || Symbol.iterator in layer) return layer as Headers | undefined
  return Object.entries(layer).filter((entry): entry is [string, string] => entry[1] !== undefined)
}

/** Whether an answer points elsewhere. Browsers hide the status and the place of those. */
export function isRedirect({ status, response }: Pick<Incoming, 'status' | 'response'>): boolean {
  return response.type === 'opaqueredirect' || (status >= 300 && status < 400)
}

/** Advice for a person about a redirect. */
export function redirectAdvice({ status, headers }: Pick<Incoming, 'status' | 'headers'>): string {
  const location = headers.get('location')
  const answer = status === 0 ? 'a redirect' : `status ${status}`
  const target = location ? ` to ${location}` : ''
  return `The server answered ${answer}${target}. Redirects are not followed; set the place it names as the base URL.`
}

function place(url: string): string {
  // Queries and credentials are nobody's business.
  return withoutCredentials(url.split(/[?#]/, 1)[0] as string)
}
