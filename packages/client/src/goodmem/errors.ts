import { retryAfterMs } from '../transport/retry.ts'

/** An answer as the generated client shows it. */
export interface ApiResponse {
  /** ACTIVE opens, INACTIVE does not until it is made active again. */
  status: number
  /** The same as `status`. */
  statusCode: number
  /** The words beside the status. */
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
 * Why a call failed. With an answer, `status` is set: 300 and above is what the server refused with, below it is an answer
 * that cannot be read. Without one, `error` is what happened.
 */
export class ApiClientError extends Error {
  override name: string = 'ApiClientError'
  /** HTTP status; undefined where no answer came. */
  declare status?: number | undefined
  /** The words beside the status. */
  declare statusText?: string | undefined
  /** The parsed body; an empty object where it is not JSON. */
  // biome-ignore lint/suspicious/noExplicitAny: whatever the server sent.
  declare body?: any
  /** The whole answer; undefined where none came. */
  declare response?: ApiResponse | undefined
  /** The underlying error. */
  declare error?: unknown
  /** The time that was allowed, in milliseconds, where it was not enough. */
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
      // A success can hold a key, and errors are logged with all that can be enumerated of them.
      if (response.ok)
        for (const name of ['body', 'response']) Object.defineProperty(this, name, { enumerable: false })
    }
    this.error ??= new Error(message)
  }

  /** Names the request in the server's log; undefined where no answer came. */
  get requestId(): string | undefined {
    return this.response?.get('x-request-id')
  }

  /** How long the server asks to wait, in milliseconds; undefined where it does not say. */
  get retryAfterMs(): number | undefined {
    return this.response && retryAfterMs(new Headers(this.response.headers), Date.now())
  }
}

/** The later client's error for a status that is no success. */
export class APIError extends Error {
  override name: string = 'APIError'
  /** HTTP status. */
  readonly statusCode: number
  /** The parsed JSON where it parses, else the text. */
  readonly body: unknown
  /** The response; undefined if a test created the error without one. */
  readonly headers: Headers | undefined

  constructor(message: string, statusCode: number, body: unknown, headers?: Headers) {
    super(message)
    this.statusCode = statusCode
    this.body = body
    this.headers = headers
  }

  /** Names the request in the server's log. */
  get requestId(): string | undefined {
    return this.headers?.get('x-request-id') ?? undefined
  }

  /** How long the server asks to wait, in milliseconds; undefined where it does not say. */
  get retryAfterMs(): number | undefined {
    return this.headers && retryAfterMs(this.headers, Date.now())
  }
}

/** The later client's error where no answer came: refused, reset, too late or aborted. `cause` says which. */
export class NetworkError extends Error {
  override name: string = 'NetworkError'
}

/** The later client's error for an answer that is not what it must be. */
export class ParseError extends Error {
  override name: string = 'ParseError'
}
