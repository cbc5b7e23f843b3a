import type { Fetch } from '../transport/send.ts'

/** How often and how soon a call is tried again. */
export interface RetryOptions {
  /** Tries after the first; 3 unless given, 0 for none. */
  maxRetries?: number | undefined
  /** The longest first pause, in milliseconds (200). Each pause is random, and its bound doubles. */
  initialMs?: number | undefined
  /** No pause is longer, in milliseconds (5,000); a server that asks for more is not waited for. */
  maxMs?: number | undefined
}

/** The options of a client. */
export interface LatchkeyOptions {
  /** The URL of the server. `LATCHKEY_BASE_URL` or `http://127.0.0.1:8080` when absent; an invalid URL is refused at once. */
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
  /** Instead of the platform's own: for proxies, for certificates, for tests. */
  fetch?: Fetch | undefined
  /** Called for every attempt of every call, for logs. Its errors are ignored. */
  onTry?: ((one: Try) => void) | undefined
}

/** The options of one call. */
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
  /** Called with the status, headers and request id of a success; for a list, once for every page. */
  onAnswer?: ((answer: AnswerFacts) => void) | undefined
}

/** How a success came. */
export interface AnswerFacts {
  /** The HTTP status. */
  status: number
  /** Names the request in the server's log. */
  requestId: string | undefined
  /** From the response. */
  headers: Headers
  /** How often the call was sent. */
  tries: number
}

/** One try of a call that is over. Nothing in it is a secret: no key, no body, no header, and of a path only its form. */
export interface Try {
  /** The operation, such as `GET /v2/keys/{ref}`. */
  operation: string
  /** 1 for the first. */
  number: number
  /** How long it took, in milliseconds. */
  tookMs: number
  /** The HTTP status; undefined where no answer came. */
  status: number | undefined
  /** Names the request in the server's log. */
  requestId: string | undefined
  /** Why no answer came. */
  error: string | undefined
  /** The pause before the next attempt, in milliseconds; undefined after the last one. */
  pauseMs: number | undefined
}
