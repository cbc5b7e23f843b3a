import { AbortedFailure, ConnectionFailure, TimeoutFailure } from '../../transport/failures.ts'
import { retrying } from '../../transport/retry.ts'
import { segment } from '../../transport/segment.ts'
import {
  type Fetch,
  type HeaderLayer,
  headersOf,
  type Incoming,
  isRedirect,
  type Outgoing,
  redirectAdvice,
  send,
  tooLargeAdvice,
} from '../../transport/send.ts'
import {
  ConnectionError,
  type ErrorData,
  HTTPClientError,
  type HTTPMeta,
  InvalidRequestError,
  OpenRouterDefaultError,
  OpenRouterError,
  RequestAbortedError,
  RequestTimeoutError,
  ResponseValidationError,
  SchemaError,
  SDKValidationError,
  UnexpectedClientError,
} from '../models/errors.ts'
import { type APICall, APIPromise } from '../types/async.ts'
import { ERR, OK, type Result } from '../types/fp.ts'
import { baseURL, SDK_METADATA, setting } from './config.ts'
import { DEFAULT_RETRIES, DEFAULT_RETRY_CODES, policyOf } from './retries.ts'
import { type Issue, incoming, integer, nullable, optional, record, type Schema, text } from './schema.ts'
import type { ClientSDK, RequestOptions } from './sdks.ts'

/** Every error that is to be expected of a call. */
export type CallError = OpenRouterError | HTTPClientError | SDKValidationError

/** One operation of the API. */
export interface Operation<Response> {
  /** The HTTP method. */
  method: string
  /** The path below the base URL; `{hash}` is replaced by the request's. */
  path: string
  /** Converts the request to its sent form: `hash`, `request_body`, query parameters and the three headers. */
  request: Schema<Record<string, unknown>>
  /** The members of the request that are sent in the query. */
  query?: readonly string[] | undefined
  /** The one status that is a success. */
  success: number
  /** Reads the body of a success. */
  response: Schema<Response>
  /** The statuses whose errors have a class of their own. */
  errors: { [status: number]: new (data: ErrorData, meta: HTTPMeta) => OpenRouterError }
}

const ERROR_DATA: Schema<ErrorData> = /* @__PURE__ */ incoming<ErrorData>({
  error: /* @__PURE__ */ incoming<ErrorData['error']>({
    code: integer,
    message: text,
    metadata: /* @__PURE__ */ optional(/* @__PURE__ */ nullable(record)),
  }),
  openrouterMetadata: /* @__PURE__ */ optional(/* @__PURE__ */ nullable(record)),
  userId: /* @__PURE__ */ optional(/* @__PURE__ */ nullable(text)),
})

/** The request and the response, as far as they were exchanged. */
interface Seen {
  request?: Request | undefined
  response?: Response | undefined
}

/** Makes one call, with its retries. Rejects only where the caller's own code threw. */
export function call<T>(
  client: ClientSDK,
  operation: Operation<T>,
  request: unknown,
  options: RequestOptions = {},
): APIPromise<Result<T, CallError>> {
  const seen: Seen = {}
  const result = resultOf(client, { operation, request, options, seen })
  return new APIPromise(result.then((each) => [each, apiCallOf(seen)]))
}

function apiCallOf({ request, response }: Seen): APICall {
  if (!request) return { status: 'invalid' }
  return response ? { status: 'complete', request, response } : { status: 'request-error', request }
}

async function resultOf<T>(
  client: ClientSDK,
  {
    operation,
    request,
    options,
    seen,
  }: { operation: Operation<T>; request: unknown; options: RequestOptions; seen: Seen },
): Promise<Result<T, CallError>> {
  try {
    const sent = checked(operation.request, request, (issues) => {
      return new SDKValidationError('Input validation failed', new SchemaError(issues), request)
    })
    const outgoing = {
      ...(await outgoingOf(client, operation, sent, options)),
      fetch: fetching(client, seen),
    }
    const answer = await answered(client, outgoing, options)
    return OK(decoded(operation, answer))
  } catch (error) {
    const expected =
      error instanceof OpenRouterError ||
      error instanceof HTTPClientError ||
      error instanceof SDKValidationError
    if (expected) return ERR(error)
    throw error
  }
}

function checked<T>(schema: Schema<T>, value: unknown, errorOf: (issues: Issue[]) => Error): T {
  const issues: Issue[] = []
  const made = schema(value, issues, [])
  if (issues.length > 0) throw errorOf(issues)
  return made
}

async function outgoingOf(
  client: ClientSDK,
  operation: Operation<unknown>,
  request: Record<string, unknown>,
  options: RequestOptions,
): Promise<Outgoing> {
  const { timeoutMs, retries: _, retryCodes: __, serverURL, fetchOptions, ...direct } = options
  // To fetch, an undefined member is an absent one.
  const init = { ...fetchOptions, ...direct } as RequestInit
  const body = request.request_body === undefined ? undefined : JSON.stringify(request.request_body)
  return {
    method: operation.method,
    url: urlOf(serverURL ?? client._baseURL, operation, request),
    headers: await requestHeaders(client, request, body, init.headers as HeaderLayer),
    body,
    signal: init.signal,
    timeoutMs: timeoutMs ?? client._options.timeoutMs,
    init,
  }
}

function urlOf(
  base: string | URL | null,
  operation: Operation<unknown>,
  request: Record<string, unknown>,
): string {
  if (!base) {
    throw new InvalidRequestError(
      'The server is not known. Set serverURL or OPENROUTER_BASE_URL, for example to https://keys.example.com/api/v1',
    )
  }
  const url = valid(() => baseURL(base))
  const path = valid(() => operation.path.replace('{hash}', () => segment(String(request.hash))))
  url.pathname = url.pathname.replace(/\/+$/, '') + path
  const query = (operation.query ?? []).flatMap((name) => {
    const value = request[name]
    return value == null ? [] : [`${name}=${encodeURIComponent(String(value))}`]
  })
  url.search = [url.search.slice(1), ...query].filter(Boolean).join('&')
  url.hash = ''
  return url.href
}

/** Runs code that throws a TypeError for input from which no request can be made. */
function valid<T>(make: () => T): T {
  try {
    return make()
  } catch (error) {
    throw new InvalidRequestError((error as Error).message)
  }
}

async function requestHeaders(
  { _options }: ClientSDK,
  request: Record<string, unknown>,
  body: string | undefined,
  own: HeaderLayer,
): Promise<Headers> {
  const { apiKey = setting('apiKey') } = _options
  const key = typeof apiKey === 'function' ? await apiKey() : apiKey
  const given = {
    accept: 'application/json',
    'user-agent': _options.userAgent ?? SDK_METADATA.userAgent,
    'content-type': body && 'application/json',
    authorization: key && (/^bearer /i.test(key) ? key : `Bearer ${key}`),
    'http-referer': request.http_referer ?? _options.httpReferer ?? setting('httpReferer'),
    'x-openrouter-title': request.app_title ?? _options.appTitle ?? setting('appTitle'),
    'x-openrouter-categories': request.app_categories ?? _options.appCategories ?? setting('appCategories'),
  }
  const set = Object.entries(given).filter((entry): entry is [string, string] => Boolean(entry[1]))
  // The caller's options of the call win over all of them.
  return valid(() => headersOf(set, own))
}

/** As in the original, a replacement of `fetch`, or the client's own, gets one Request and nothing else. */
function fetching({ _options: { httpClient } }: ClientSDK, seen: Seen): Fetch {
  return async (url, init) => {
    seen.request = new Request(url, init)
    delete seen.response
    const response = await (httpClient ? httpClient.request(seen.request) : globalThis.fetch(seen.request))
    seen.response = response
    return response
  }
}

async function answered(client: ClientSDK, outgoing: Outgoing, options: RequestOptions): Promise<Incoming> {
  const { retryConfig, httpClient, debugLogger } = client._options
  const policy = policyOf(
    options.retries ?? retryConfig ?? DEFAULT_RETRIES,
    options.retryCodes ?? DEFAULT_RETRY_CODES,
  )
  const attempt = async () => {
    debugLogger?.log(`> ${outgoing.method} ${outgoing.url}`)
    const answer = await send(outgoing)
    debugLogger?.log(`< ${answer.status}`)
    return answer
  }
  try {
    return await retrying(attempt, policy, { signal: outgoing.signal })
  } catch (error) {
    throw clientError(error, httpClient !== undefined)
  }
}

function clientError(failure: unknown, ownClient: boolean): unknown {
  if (failure instanceof TimeoutFailure)
    return new RequestTimeoutError(`Request timed out. ${failure.message}`)
  const { cause } = failure as Error
  if (failure instanceof AbortedFailure) {
    // A signal of AbortSignal.timeout() says so in its reason.
    const late = (cause as Error | undefined)?.name === 'TimeoutError'
    return late
      ? new RequestTimeoutError('Request timed out', { cause })
      : new RequestAbortedError('Request aborted by client', { cause })
  }
  if (!(failure instanceof ConnectionFailure)) return failure
  // Every fetch reports a broken connection as a TypeError; what else a client of the caller's own throws is unknown.
  if (ownClient && cause !== undefined && !(cause instanceof TypeError)) {
    return new UnexpectedClientError('Unexpected HTTP client error', { cause })
  }
  return new ConnectionError(`Unable to make request. ${failure.message}`)
}

function decoded<T>(operation: Operation<T>, answer: Incoming): T {
  const { status, headers, text: body, response } = answer
  const meta = { response, body }
  const typed = operation.errors[status]
  if (answer.tooLarge) throw tooLargeError(answer)
  const json = /^application\/json *(;|$)/i.test(headers.get('content-type') ?? '')
  if (!json || (status !== operation.success && !typed)) {
    throw new OpenRouterDefaultError(undeclared(answer), meta)
  }
  const rawMessage = 'Response validation failed'
  let rawValue: unknown = body
  const refused = (cause: Error) => {
    return new ResponseValidationError(`${rawMessage}: ${cause.message}`, {
      ...meta,
      cause,
      rawValue,
      rawMessage,
    })
  }
  try {
    rawValue = JSON.parse(body)
  } catch (cause) {
    // Engines quote the body in their message, and a body can hold a key.
    throw refused(new SyntaxError('the body is not JSON', { cause }))
  }
  const value = <V>(schema: Schema<V>) =>
    checked(schema, rawValue, (issues) => refused(new SchemaError(issues)))
  if (typed) throw new typed(value(ERROR_DATA), meta)
  return value(operation.response)
}

function tooLargeError(answer: Incoming): OpenRouterError {
  const { status, response } = answer
  const meta = { response, body: '' }
  const rawMessage = tooLargeAdvice(answer)
  if (status >= 300) return new OpenRouterDefaultError(rawMessage, meta)
  return new ResponseValidationError(rawMessage, { ...meta, cause: undefined, rawValue: '', rawMessage })
}

function undeclared(answer: Incoming): string {
  const { status, headers, text: body } = answer
  const type = headers.get('content-type')
  const what = `Status ${status}${type?.startsWith('application/json') ? '' : ` Content-Type ${type || '""'}`}`
  if (isRedirect(answer)) return `Unexpected Status or Content-Type: ${what}. ${redirectAdvice(answer)}`
  // The body of a success can hold a key, and messages are logged.
  if (status < 400) return `Unexpected Status or Content-Type: ${what}`
  return `API error occurred: ${what}. Body: ${body.slice(0, 1_000) || '""'}`
}
