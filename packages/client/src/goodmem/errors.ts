import { retryAfterMs } from '../transport/retry.ts'
import { unprinted } from '../unprinted.ts'

/** A response in the form of the generated client. */
export interface ApiResponse {
  /** The HTTP status. */
  status: number
  /** The same as `status`. */
  statusCode: number
  /** The reason phrase of the status. */
  statusText: string
  /** Whether the status is from 200 to 299. */
  ok: boolean
  /** By their names in lower case. */
  headers: Record<string, string>
  /** The same. */
  header: Record<string, string>
  /** The parsed JSON; an empty object without any. */
  // biome-ignore lint/suspicious/noExplicitAny: whatever the server sent.
  body: any
  /** The body, as text. */
  text: string
  /** The content type without its parameters. */
  type: string
  /** A header, whatever the case of its name. */
  get(name: string): string | undefined
}

/**
 * The failure of a call. If there was a response, `status` is set: 300 and above means that the server refused the call, below 300 that
 * the response cannot be read. Without a response, `error` is the cause.
 */
export class ApiClientError extends Error {
  override name: string = 'ApiClientError'
  /** HTTP status; undefined without a response. */
  declare status?: number | undefined
  /** The reason phrase of the status. */
  declare statusText?: string | undefined
  /** The parsed body; an empty object if it is not JSON. */
  // biome-ignore lint/suspicious/noExplicitAny: whatever the server sent.
  declare body?: any
  /** The whole response; undefined if there was none. */
  declare response?: ApiResponse | undefined
  /** The underlying error. */
  declare error?: unknown
  /** The exceeded timeout in milliseconds; undefined for any other failure. */
  declare timeout?: number | undefined

  constructor(
    message: string,
    members: { response?: ApiResponse | undefined; error?: unknown; timeout?: number | undefined } = {},
  ) {
    super(message, 'error' in members ? { cause: members.error } : undefined)
    const { response } = members
    Object.assign(this, members)
    if (response) {
      const { status, statusText, body } = response
      Object.assign(this, { status, statusText, body })
      unprinted(this, 'body', 'response')
    }
    this.error ??= new Error(message)
  }

  /** The id of the request in the server's log; undefined without a response. */
  get requestId(): string | undefined {
    return this.response?.get('x-request-id')
  }

  /** The wait that the server asks for, in milliseconds; undefined if it names none. */
  get retryAfterMs(): number | undefined {
    return this.response && retryAfterMs(new Headers(this.response.headers), Date.now())
  }
}

/** The later client's error for a status that is not a success. */
export class APIError extends Error {
  override name: string = 'APIError'
  /** HTTP status. */
  readonly statusCode: number
  /** The parsed JSON, or the text if it is not JSON. */
  readonly body: unknown
  /** The headers of the response; undefined if a test created the error without them. */
  readonly headers: Headers | undefined

  constructor(message: string, statusCode: number, body: unknown, headers?: Headers) {
    super(message)
    this.statusCode = statusCode
    this.body = body
    this.headers = headers
    unprinted(this, 'body', 'headers')
  }

  /** Names the request in the server's log. */
  get requestId(): string | undefined {
    return this.headers?.get('x-request-id') ?? undefined
  }

  /** The wait that the server asks for, in milliseconds; undefined if it names none. */
  get retryAfterMs(): number | undefined {
    return this.headers && retryAfterMs(this.headers, Date.now())
  }
}

/** The later client's error without a response: refused, reset, timed out or aborted. `cause` says which. */
export class NetworkError extends Error {
  override name: string = 'NetworkError'
}

/** The later client's error for a response that does not fit the call. */
export class ParseError extends Error {
  override name: string = 'ParseError'
}
