import { environment } from '../environment.ts'
import { baseUrlText } from '../transport/base-url.ts'
import { AbortedFailure, ConnectionFailure, TimeoutFailure } from '../transport/failures.ts'
import {
  type Attempt,
  type Outcome,
  type RetryPolicy,
  retryAfterMs,
  retrying,
  systemTiming,
} from '../transport/retry.ts'
import { headersOf, type Incoming, send } from '../transport/send.ts'
import { within } from '../transport/within.ts'
import { VERSION } from '../version.ts'
import { type Call, operationOf, targetOf } from './call.ts'
import {
  LatchkeyAbortedError,
  LatchkeyConnectionError,
  LatchkeyError,
  LatchkeyTimeoutError,
} from './errors.ts'
import type { CallOptions, LatchkeyOptions, RetryOptions, Try } from './options.ts'
import { factsOf, read, requestIdOf } from './reading.ts'

/** Sends calls to one server. */
export interface Connection {
  /** Returns the parsed answer; undefined for one without content. Throws the classes of errors.ts. */
  call<T>(call: Call, options?: CallOptions): Promise<T>
  /** Refuses calls from now on, and waits for those under way. */
  close(): Promise<void>
}

const DEFAULT_BASE_URL = 'http://127.0.0.1:8080'
const TIMEOUT_MS = 30_000
const TOTAL_MS = 60_000
const RETRY = { maxRetries: 3, initialMs: 200, maxMs: 5_000 }

/** A call with its URL. */
export interface Sent extends Call {
  /** With the query. */
  url: string
  /** Why it failed, for messages and logs. */
  tellable: (error: unknown) => string
}

/** Makes the connection that all parts of a client share. */
export function connect(options: LatchkeyOptions): Connection {
  const base = baseOf(options)
  const apiKey = keyOf(options)

  async function call<T>(one: Call, forThis: CallOptions = {}): Promise<T> {
    const timeoutMs = forThis.totalTimeoutMs ?? options.totalTimeoutMs ?? TOTAL_MS
    const late = () => new TimeoutFailure(`It was not done within ${timeoutMs} ms.`, timeoutMs)
    const endMs = timeoutMs > 0 ? systemTiming.now() + timeoutMs : undefined
    const sent = sentTo(base, one)
    try {
      return await within({ signal: forThis.signal, timeoutMs, late }, (signal) =>
        answerBefore<T>(sent, { forThis, signal, endMs }),
      )
    } catch (error) {
      throw named(error, sent)
    }
  }

  async function answerBefore<T>(
    call: Sent,
    { forThis, signal, endMs }: { forThis: CallOptions; signal: AbortSignal; endMs: number | undefined },
  ): Promise<T> {
    const secret = typeof apiKey === 'function' ? await apiKey() : apiKey
    const attempt = () =>
      send({
        method: call.method,
        url: call.url,
        headers: headersFor(call, { secret, all: options.headers, forThis: forThis.headers }),
        body: call.body === undefined ? undefined : JSON.stringify(call.body),
        signal,
        timeoutMs: forThis.timeoutMs ?? options.timeoutMs ?? TIMEOUT_MS,
        fetch: options.fetch,
      })
    const policy = policyOf(call, retryOf(forThis.retry, options.retry))
    let tries = 0
    const told = (attempt: Attempt<unknown>) => {
      tries = attempt.retry + 1
      tell(options.onTry, tryOf(call, attempt as Attempt<Incoming>))
    }
    const incoming = await retrying(attempt, policy, { signal, endMs, told })
    const answer = read<T>(call, incoming, tries)
    forThis.onAnswer?.(factsOf(incoming, tries))
    return answer
  }

  const underWay = new Set<Promise<unknown>>()
  let closed = false
  return {
    async call<T>(one: Call, forThis?: CallOptions) {
      if (closed) throw new LatchkeyError(`${operationOf(one)}: The client is closed.`)
      const calling = call<T>(one, forThis)
      underWay.add(calling)
      return calling.finally(() => underWay.delete(calling))
    },
    async close() {
      closed = true
      await Promise.allSettled(underWay)
    },
  }
}

/** The call at a base URL. */
export function sentTo(base: string, call: Call): Sent {
  const target = targetOf(call)
  const [path = ''] = target.split('?')
  // A name in the path may be a secret by mistake, so reports of a failure have the path with placeholders.
  const tellable = (error: unknown) =>
    String((error as Error).message).replaceAll(base + path, base + call.path)
  return { ...call, url: base + target, tellable }
}

/** The base URL that the options or the environment name. Throws a TypeError for one that is none. */
export function baseOf({ baseUrl }: Pick<LatchkeyOptions, 'baseUrl'>): string {
  const example = 'https://keys.example.com'
  if (baseUrl !== undefined) return baseUrlText(baseUrl, { name: 'baseUrl', example })
  const named = environment('LATCHKEY_BASE_URL') ?? DEFAULT_BASE_URL
  return baseUrlText(named, { name: 'LATCHKEY_BASE_URL', example })
}

/** A client without a key is refused where it is made. One with a `fetch` or headers of its own may have the key there. */
function keyOf({ apiKey = environment('LATCHKEY_API_KEY') ?? '', headers, fetch }: LatchkeyOptions) {
  if (apiKey === '' && !headers && !fetch) throw new TypeError('apiKey is missing: set LATCHKEY_API_KEY')
  return apiKey || null
}

/** The headers of a call; those for this call win over the client's own. */
export function headersFor(
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

function tryOf(call: Sent, { outcome, retry, tookMs, pauseMs }: Attempt<Incoming>): Try {
  const { status, headers } = 'value' in outcome ? outcome.value : ({} as Partial<Incoming>)
  const error = 'error' in outcome ? call.tellable(outcome.error) : undefined
  const requestId = headers && requestIdOf(headers)
  return { operation: operationOf(call), number: retry + 1, tookMs, status, requestId, error, pauseMs }
}

/** A failing log must not make a call fail. */
function tell<T>(hook: ((told: T) => void) | undefined, told: T): void {
  try {
    hook?.(told)
  } catch {}
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

function policyOf({ once }: Call, { maxRetries, initialMs, maxMs }: typeof RETRY): RetryPolicy<Incoming> {
  return {
    maxRetries,
    maxPauseMs: maxMs,
    maxElapsedMs: Number.POSITIVE_INFINITY,
    // A random pause up to the bound, so that callers that failed together do not retry together.
    pauseMs: (retry, random) => random() * Math.min(maxMs, initialMs * 2 ** retry),
    wants(outcome: Outcome<Incoming>, now: number) {
      if ('error' in outcome)
        return !once && outcome.error instanceof ConnectionFailure && outcome.error.transient
      const { status, headers } = outcome.value
      const askedMs = retryAfterMs(headers, now)
      if (status === 429) return askedMs !== undefined && askedMs <= maxMs && askedMs
      if (status < 500 || once) return false
      return askedMs === undefined ? true : askedMs <= maxMs && askedMs
    },
  }
}

/** Failures of the transport get the client's own classes, with the original error as their cause. */
export function named(error: unknown, call: Sent): unknown {
  const of = (Kind: new (message: string, options?: ErrorOptions) => LatchkeyError, cause: unknown) =>
    new Kind(`${operationOf(call)}: ${call.tellable(error)}`, { cause })
  if (error instanceof ConnectionFailure) return of(LatchkeyConnectionError, error.cause)
  if (error instanceof TimeoutFailure) return of(LatchkeyTimeoutError, error)
  if (error instanceof AbortedFailure) return of(LatchkeyAbortedError, error.cause)
  return error
}
