import type { Fetch } from '../transport/send.ts'

/** The number of retries, and the pauses before them. */
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
  /** The key to call with, or a function that returns it for each call. `LATCHKEY_API_KEY` unless given; without either a `TypeError` is thrown at once. null for none. */
  apiKey?: string | null | (() => string | Promise<string>) | undefined
  /** The timeout of one attempt, to the last byte, in milliseconds (30,000); 0 for none. */
  timeoutMs?: number | undefined
  /**
   * The timeout of a call with all its attempts, the pauses between them and the `apiKey` function, in milliseconds (60,000); 0 for none.
   */
  totalTimeoutMs?: number | undefined
  /** The rules for retries. */
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
  /** The timeout of one attempt, in milliseconds. */
  timeoutMs?: number | undefined
  /** The timeout of the whole call, in milliseconds. */
  totalTimeoutMs?: number | undefined
  /** In place of the client's own, member by member. */
  retry?: RetryOptions | undefined
  /** Headers for this call; they replace the client's own with the same name. */
  headers?: Record<string, string | undefined> | undefined
  /** Called with the status, headers and request id of a success; for a list, once for every page. */
  onAnswer?: ((answer: AnswerFacts) => void) | undefined
}

/** Facts about a successful response. */
export interface AnswerFacts {
  /** The HTTP status. */
  status: number
  /** Names the request in the server's log. */
  requestId: string | undefined
  /** From the response. */
  headers: Headers
  /** The number of attempts. */
  tries: number
}

/** One try of a call that is over. Nothing in it is a secret: no key, no body, no header, and of a path only its form. */
export interface Try {
  /** The operation, such as `GET /v2/keys/{ref}`. */
  operation: string
  /** 1 for the first. */
  number: number
  /** Its duration in milliseconds. */
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
