import { retryAfterMs } from '../../transport/retry.ts'
import { type Issue, pathText } from '../lib/schema.ts'

// biome-ignore lint/suspicious/noExplicitAny: the type that users of the official client have here.
type Metadata = { [name: string]: any } | null | undefined

/** The answer that an error came with. */
export interface HTTPMeta {
  /** The platform's own object. */
  response: Response
  /** The platform's own object, where there is one. */
  request?: Request | undefined
  /** The body, as text. */
  body: string
}

/** Base of every error that came as an answer. */
export class OpenRouterError extends Error {
  override name: string = 'OpenRouterError'
  /** HTTP status. */
  readonly statusCode: number
  /** The body, as text. */
  readonly body: string
  /** From the response. */
  readonly headers: Headers
  /** The content type of the body; empty without one. */
  readonly contentType: string
  /** The platform's own object; its body is used up. */
  readonly rawResponse: Response

  constructor(message: string, { response, body }: HTTPMeta) {
    super(message)
    this.statusCode = response.status
    this.body = body
    this.headers = response.headers
    this.contentType = response.headers.get('content-type') ?? ''
    this.rawResponse = response
  }

  /** Names the request in the server's log. Not of the original. */
  get requestId(): string | undefined {
    return this.headers.get('x-request-id') ?? undefined
  }

  /** The wait that the server asks for, in milliseconds; undefined if it names none. The original lacks this member. */
  get retryAfterMs(): number | undefined {
    return retryAfterMs(this.headers, Date.now())
  }
}

/** A status that the operation does not declare, a redirect, or an answer that is not JSON. */
export class OpenRouterDefaultError extends OpenRouterError {
  override name: string = 'OpenRouterDefaultError'
}

/** The server's description of an error. */
export interface ErrorDetail {
  /** Equals the HTTP status. */
  code: number
  /** The description of the error. */
  message: string
  /** More about it, such as `error_type`. */
  metadata?: Metadata | undefined
}

/** The body of an error. */
export interface ErrorData {
  /** The description of the error. */
  error: ErrorDetail
  /** More about the call, where the server tells it. */
  openrouterMetadata?: Metadata | undefined
  /** The user whose call it was, if the server names it. */
  userId?: string | null | undefined
}

/** Base of the errors with a class of their own. */
export class DeclaredError extends OpenRouterError {
  /** The server's description of the error. */
  error: ErrorDetail
  /** More about the call, where the server tells it. */
  declare openrouterMetadata?: Metadata | undefined
  /** The user whose call it was, if the server names it. */
  declare userId?: string | null | undefined
  /** The whole body. */
  data$: ErrorData

  constructor(data: ErrorData, meta: HTTPMeta) {
    super(data.error.message || `API error occurred: ${JSON.stringify(data)}`, meta)
    this.data$ = data
    this.error = data.error
    if (data.openrouterMetadata != null) this.openrouterMetadata = data.openrouterMetadata
    if (data.userId != null) this.userId = data.userId
  }
}

/** 400: the request does not fit. */
export class BadRequestResponseError extends DeclaredError {
  override name: string = 'BadRequestResponseError'
}
/** 401: no key, or one that does not work. */
export class UnauthorizedResponseError extends DeclaredError {
  override name: string = 'UnauthorizedResponseError'
}
/** 402: the money is used up. */
export class PaymentRequiredResponseError extends DeclaredError {
  override name: string = 'PaymentRequiredResponseError'
}
/** 403: the key may not do this. */
export class ForbiddenResponseError extends DeclaredError {
  override name: string = 'ForbiddenResponseError'
}
/** 404: there is no such record. */
export class NotFoundResponseError extends DeclaredError {
  override name: string = 'NotFoundResponseError'
}
/** 408: the request took too long. */
export class RequestTimeoutResponseError extends DeclaredError {
  override name: string = 'RequestTimeoutResponseError'
}
/** 409: it conflicts with an existing record. */
export class ConflictResponseError extends DeclaredError {
  override name: string = 'ConflictResponseError'
}
/** 410: it was there once. */
export class GoneResponseError extends DeclaredError {
  override name: string = 'GoneResponseError'
}
/** 413: the request is too large. */
export class PayloadTooLargeResponseError extends DeclaredError {
  override name: string = 'PayloadTooLargeResponseError'
}
/** 422: it can be read and not be done. */
export class UnprocessableEntityResponseError extends DeclaredError {
  override name: string = 'UnprocessableEntityResponseError'
}
/** 429: too many requests; `headers` say when to retry. */
export class TooManyRequestsResponseError extends DeclaredError {
  override name: string = 'TooManyRequestsResponseError'
}
/** 500: the server's own fault. */
export class InternalServerResponseError extends DeclaredError {
  override name: string = 'InternalServerResponseError'
}
/** 502: a server behind the server failed. */
export class BadGatewayResponseError extends DeclaredError {
  override name: string = 'BadGatewayResponseError'
}
/** 503: not now. */
export class ServiceUnavailableResponseError extends DeclaredError {
  override name: string = 'ServiceUnavailableResponseError'
}
/** 504: a server behind the server took too long. */
export class GatewayTimeoutResponseError extends DeclaredError {
  override name: string = 'GatewayTimeoutResponseError'
}
/** 524: the network in front of the server gave up. */
export class EdgeNetworkTimeoutResponseError extends DeclaredError {
  override name: string = 'EdgeNetworkTimeoutResponseError'
}
/** 529: the provider has too much to do. */
export class ProviderOverloadedResponseError extends DeclaredError {
  override name: string = 'ProviderOverloadedResponseError'
}

/** The body of a response cannot be read, or does not fit the operation. */
export class ResponseValidationError extends OpenRouterError {
  override name: string = 'ResponseValidationError'
  /** The body, parsed where that was possible. */
  readonly rawValue: unknown
  /** The message without the places. */
  readonly rawMessage: unknown

  constructor(message: string, extra: HTTPMeta & { cause: unknown; rawValue: unknown; rawMessage: unknown }) {
    super(message, extra)
    this.cause = extra.cause
    this.rawValue = extra.rawValue
    this.rawMessage = extra.rawMessage
  }

  /** Every place that does not fit, on lines of its own. */
  pretty(): string {
    return prettyOf(this.rawMessage, this.cause)
  }
}

/** The arguments are invalid; nothing was sent. */
export class SDKValidationError extends Error {
  override name: string = 'SDKValidationError'
  /** The arguments. */
  readonly rawValue: unknown
  /** The message without the places. */
  readonly rawMessage: unknown

  constructor(message: string, cause: unknown, rawValue: unknown) {
    const issues = issuesOf(cause)
    super(issues.length > 0 ? `${message}: ${linesOf(issues)}` : `${message}: ${cause}`)
    this.cause = cause
    this.rawValue = rawValue
    this.rawMessage = message
  }

  /** Every place that does not fit, on lines of its own. */
  pretty(): string {
    return prettyOf(this.rawMessage, this.cause)
  }
}

/** Everything in a value that does not fit: the cause of both validation errors. */
export class SchemaError extends Error {
  override name: string = 'SchemaError'
  /** One entry per misfit. */
  readonly issues: readonly Issue[]

  constructor(issues: readonly Issue[]) {
    super(linesOf(issues))
    this.issues = issues
  }
}

function issuesOf(cause: unknown): readonly Issue[] {
  return cause instanceof SchemaError ? cause.issues : []
}

/** The first few of them: an answer with a hundred keys can have thousands. */
function linesOf(issues: readonly Issue[]): string {
  const more = issues.length - 5
  return issues.slice(0, 5).map(lineOf).join('; ') + (more > 0 ? `; and ${more} more` : '')
}

function lineOf({ path, message }: Issue): string {
  return path.length > 0 ? `${pathText(path)}: ${message}` : message
}

function prettyOf(message: unknown, cause: unknown): string {
  const issues = issuesOf(cause)
  if (issues.length === 0) return `${message}: ${cause}`
  const lines = issues.map((issue) => {
    const place = issue.path.length > 0 ? `\n  → at ${pathText(issue.path)}` : ''
    return `✖ ${issue.message}${place}`
  })
  return [message, ...lines].join('\n')
}

/** The base of all errors without a response. */
export class HTTPClientError extends Error {
  override name: string = 'HTTPClientError'
  /** The underlying error. */
  override readonly cause: unknown

  constructor(message: string, options: { cause?: unknown } = {}) {
    super('cause' in options ? `${message}: ${options.cause}` : message)
    this.cause = options.cause
  }
}

/** An HTTP client of the caller's own failed in a way that says nothing about the connection. */
export class UnexpectedClientError extends HTTPClientError {
  override name: string = 'UnexpectedClientError'
}

/** No request can be made of it, for example because the base URL is missing. */
export class InvalidRequestError extends HTTPClientError {
  override name: string = 'InvalidRequestError'
}

/** The caller's signal ended the call. */
export class RequestAbortedError extends HTTPClientError {
  override readonly name: 'RequestAbortedError' = 'RequestAbortedError'
}

/** The response did not arrive in time; the server may have carried out the call. */
export class RequestTimeoutError extends HTTPClientError {
  override readonly name: 'RequestTimeoutError' = 'RequestTimeoutError'
}

/** Refused, reset or cut off. */
export class ConnectionError extends HTTPClientError {
  override readonly name: 'ConnectionError' = 'ConnectionError'
}
