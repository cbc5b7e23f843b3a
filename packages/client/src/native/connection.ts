import { environment } from '../environment.ts'
import { baseUrlText } from '../transport/base-url.ts'
import { AbortedFailure, ConnectionFailure, TimeoutFailure } from '../transport/failures.ts'
import { type Outcome, type RetryPolicy, retryAfterMs, retrying, systemTiming } from '../transport/retry.ts'
import {
  type Fetch,
  headersOf,
  type Incoming,
  isRedirect,
  redirectAdvice,
  send,
  tooLargeAdvice,
} from '../transport/send.ts'
import { within } from '../transport/within.ts'
import { VERSION } from '../version.ts'
import {
  type ApiErrorFacts,
  LatchkeyAbortedError,
  LatchkeyApiError,
  LatchkeyConnectionError,
  LatchkeyResponseError,
  LatchkeyTimeoutError,
} from './errors.ts'
import { isObject, type Shape } from './shape.ts'

/** How often and how soon a call is tried again. */
export interface RetryOptions {
  /** Tries after the first; 3 unless given, 0 for none. */
  maxRetries?: number | undefined
  /** The longest first pause, in milliseconds (200). Each pause is random, and its bound doubles. */
  initialMs?: number | undefined
  /** No pause is longer, in milliseconds (5,000); a server that asks for more is not waited for. */
  maxMs?: number | undefined
}

/** What a client is made with. */
export interface LatchkeyOptions {
  /** Where the server is. `LATCHKEY_BASE_URL` or `http://127.0.0.1:8080` unless given; what is no URL is refused at once. */
  baseUrl?: string | URL | undefined
  /** The key to call with, or what provides it per call. `LATCHKEY_API_KEY` unless given; null for none. */
  apiKey?: string | null | (() => string | Promise<string>) | undefined
  /** How long one try may take to the last byte, in milliseconds (30,000); 0 for as long as it takes. */
  timeoutMs?: number | undefined
  /** How long a call may take with all its tries, the pauses between and the `apiKey` function, in milliseconds (60,000); 0 likewise. */
  totalTimeoutMs?: number | undefined
  /** How calls are tried again. */
  retry?: RetryOptions | undefined
  /** Sent with every call. */
  headers?: Record<string, string | undefined> | undefined
  /** Instead of the platform's own. */
  fetch?: Fetch | undefined
}

/** What may be different for one call. */
export interface CallOptions {
  /** Ends the call when it is aborted. */
  signal?: AbortSignal | undefined
  /** How long one try may take, in milliseconds. */
  timeoutMs?: number | undefined
  /** How long all of it may take, in milliseconds. */
  totalTimeoutMs?: number | undefined
  /** In place of the client's own, member by member. */
  retry?: RetryOptions | undefined
  /** Sent with this call, in place of the client's own of the same name. */
  headers?: Record<string, string | undefined> | undefined
}

/** One call, before it is sent. */
export interface Call {
  /** The HTTP method. */
  method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  /** Below the base URL, escaped. */
  path: string
  /** What is undefined or null is left out; lists repeat their name. */
  query?: Record<string, unknown> | undefined
  /** Sent as JSON; absent: none. */
  body?: unknown
  /** More headers. */
  headers?: Record<string, string> | undefined
  /** Whether doing it twice is the same as doing it once. Otherwise only what the server refused to begin is tried again. */
  repeatable: boolean
  /** What its answer must have; absent where it answers with nothing. */
  answers?: Shape | undefined
}

/** An answer with its headers. */
export interface Answered<T> {
  /** The parsed body. */
  data: T
  /** Of the answer. */
  headers: Headers
}

/** Sends calls to one server. */
export interface Connection {
  /** Returns the parsed answer; undefined for one without content. Throws the classes of errors.ts. */
  call<T>(call: Call, options?: CallOptions): Promise<T>
  /** The same, with the answer's headers. */
  answer<T>(call: Call, options?: CallOptions): Promise<Answered<T>>
}

const DEFAULT_BASE_URL = 'http://127.0.0.1:8080'
const TIMEOUT_MS = 30_000
const TOTAL_MS = 60_000
const RETRY = { maxRetries: 3, initialMs: 200, maxMs: 5_000 }
// Others are no answers: nothing, a part of one, or a promise to do it later.
const SUCCESSES = [200, 201]
const NO_CONTENT = 204

/** Makes the connection that all parts of a client share. */
export function connect(options: LatchkeyOptions): Connection {
  const base = baseOf(options)
  const apiKey = options.apiKey === undefined ? (environment('LATCHKEY_API_KEY') ?? null) : options.apiKey

  async function answer<T>(call: Call, forThis: CallOptions = {}): Promise<Answered<T>> {
    const timeoutMs = forThis.totalTimeoutMs ?? options.totalTimeoutMs ?? TOTAL_MS
    const late = () => new TimeoutFailure(`The call was not done within ${timeoutMs} ms.`, timeoutMs)
    const endMs = timeoutMs > 0 ? systemTiming.now() + timeoutMs : undefined
    try {
      return await within({ signal: forThis.signal, timeoutMs, late }, (signal) =>
        answerBefore<T>(call, { forThis, signal, endMs }),
      )
    } catch (error) {
      throw named(error)
    }
  }

  async function answerBefore<T>(
    call: Call,
    { forThis, signal, endMs }: { forThis: CallOptions; signal: AbortSignal; endMs: number | undefined },
  ): Promise<Answered<T>> {
    const secret = typeof apiKey === 'function' ? await apiKey() : apiKey
    const attempt = () =>
      send({
        method: call.method,
        url: `${base}${call.path}${queryOf(call.query)}`,
        headers: headersFor(call, { secret, all: options.headers, forThis: forThis.headers }),
        body: call.body === undefined ? undefined : JSON.stringify(call.body),
        signal,
        timeoutMs: forThis.timeoutMs ?? options.timeoutMs ?? TIMEOUT_MS,
        fetch: options.fetch,
      })
    const policy = policyOf(call, retryOf(forThis.retry, options.retry))
    return read<T>(call, await retrying(attempt, policy, { signal, endMs }))
  }

  return {
    answer,
    call: async <T>(call: Call, forThis?: CallOptions) => (await answer<T>(call, forThis)).data,
  }
}

function baseOf({ baseUrl }: LatchkeyOptions): string {
  const example = 'https://keys.example.com'
  if (baseUrl !== undefined) return baseUrlText(baseUrl, { name: 'baseUrl', example })
  const named = environment('LATCHKEY_BASE_URL') ?? DEFAULT_BASE_URL
  return baseUrlText(named, { name: 'LATCHKEY_BASE_URL', example })
}

function headersFor(
  { body, headers }: Call,
  more: {
    secret: string | null
    all: LatchkeyOptions['headers']
    forThis: CallOptions['headers']
  },
): Headers {
  return headersOf(
    { accept: 'application/json', 'user-agent': `latchkey-client/${VERSION}` },
    body === undefined ? {} : { 'content-type': 'application/json' },
    more.secret === null ? {} : { authorization: `Bearer ${more.secret}` },
    headers,
    more.all,
    more.forThis,
  )
}

/** Lists repeat their name; what is undefined or null is not asked for. */
function queryOf(query: Record<string, unknown> = {}): string {
  const search = new URLSearchParams()
  for (const [name, value] of Object.entries(query))
    for (const each of Array.isArray(value) ? value : [value])
      if (each !== undefined && each !== null)
        search.append(name, each instanceof Date ? each.toISOString() : String(each))
  const text = search.toString()
  return text === '' ? '' : `?${text}`
}

/** The first that says so decides, member by member; one that is undefined says nothing. */
function retryOf(...layers: (RetryOptions | undefined)[]): typeof RETRY {
  const said = (name: keyof RetryOptions) => layers.find((layer) => layer?.[name] !== undefined)?.[name]
  return {
    maxRetries: said('maxRetries') ?? RETRY.maxRetries,
    initialMs: said('initialMs') ?? RETRY.initialMs,
    maxMs: said('maxMs') ?? RETRY.maxMs,
  }
}

function policyOf(
  { repeatable }: Call,
  { maxRetries, initialMs, maxMs }: typeof RETRY,
): RetryPolicy<Incoming> {
  return {
    maxRetries,
    maxPauseMs: maxMs,
    maxElapsedMs: Number.POSITIVE_INFINITY,
    // Any pause up to the bound: callers that failed together do not come back together.
    pauseMs: (retry, random) => random() * Math.min(maxMs, initialMs * 2 ** retry),
    wants(outcome: Outcome<Incoming>, now: number) {
      if ('error' in outcome)
        return repeatable && outcome.error instanceof ConnectionFailure && outcome.error.transient
      const { status, headers } = outcome.value
      const askedMs = retryAfterMs(headers, now)
      if (status === 429) return askedMs !== undefined && askedMs <= maxMs && askedMs
      if (status < 500 || !repeatable) return false
      return askedMs === undefined ? true : askedMs <= maxMs && askedMs
    },
  }
}

function read<T>({ answers }: Call, incoming: Incoming): Answered<T> {
  const { status, headers, text, tooLarge } = incoming
  if (isRedirect(incoming)) throw apiError(redirectAdvice(incoming), incoming)
  if (tooLarge && (status < 200 || status >= 300)) throw apiError(tooLargeAdvice(incoming), incoming)
  if (tooLarge) throw new LatchkeyResponseError(tooLargeAdvice(incoming), { status, body: text })
  const answer = parsed(text)
  if (status < 200 || status >= 300) throw apiError(undefined, incoming, answer)
  const wrong = wrongWith(status, answer, answers)
  if (wrong === undefined) return { data: answer as T, headers }
  throw new LatchkeyResponseError(
    `The server answered ${status} with ${headers.get('content-type') ?? 'no content type'}, which is no answer to this call: ${wrong}. Is the base URL that of a Latchkey server?`,
    { status, body: text },
  )
}

/** What makes a success none; undefined where nothing does. */
function wrongWith(status: number, answer: unknown, answers: Shape | undefined): string | undefined {
  if (!answers) return status === NO_CONTENT ? undefined : 'it answers with 204'
  if (!SUCCESSES.includes(status)) return `it answers with ${SUCCESSES.join(' or ')}`
  if (!isObject(answer)) return 'it answers with a JSON object'
  const misfit = answers(answer, '')
  return misfit === undefined ? undefined : `\`${misfit}\` is missing or not what it must be`
}

function apiError(
  message: string | undefined,
  { status, headers, text }: Incoming,
  answer?: unknown,
): LatchkeyApiError {
  const problem: ApiErrorFacts['problem'] =
    isObject(answer) && typeof answer.code === 'string' ? answer : undefined
  const told = [problem?.detail, problem?.title].find((each) => typeof each === 'string')
  return new LatchkeyApiError(message ?? told ?? `The server answered with status ${status}.`, {
    status,
    headers,
    problem,
    body: text,
    retryAfterMs: retryAfterMs(headers, Date.now()),
  })
}

/** Failures of the transport get the client's own classes, with what happened as their cause. */
function named(error: unknown): unknown {
  if (!(error instanceof Error)) return error
  if (error instanceof ConnectionFailure)
    return new LatchkeyConnectionError(error.message, { cause: error.cause })
  if (error instanceof TimeoutFailure) return new LatchkeyTimeoutError(error.message, { cause: error })
  if (error instanceof AbortedFailure) return new LatchkeyAbortedError(error.message, { cause: error.cause })
  return error
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
