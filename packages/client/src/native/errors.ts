import { unprinted } from '../unprinted.ts'
import type { Word } from '../words.ts'
import type { Problem, ScopedBudget } from './api.gen.ts'
import type { FaultCode } from './codes.gen.ts'

/** Anything that goes wrong with a call. `instanceof LatchkeyError` catches all of them. */
export class LatchkeyError extends Error {
  override readonly name: string = 'LatchkeyError'
}

/** The details of a failure in an answer of the server. */
export interface ApiErrorFacts {
  /** The HTTP status. */
  status: number
  /** From the response. */
  headers: Headers
  /** The problem document; undefined where the answer was something else, such as a proxy's page. */
  problem:
    | (Partial<Problem> & {
        bound?: ScopedBudget | undefined
        budget?: ScopedBudget[] | undefined
        keyId?: string | undefined
        neverFits?: true | undefined
      })
    | undefined
  /** The answer as it came. */
  body: string
  /** The wait that the server asks for, in milliseconds. */
  retryAfterMs: number | undefined
  /** The operation, such as `POST /v2/verify`. */
  operation?: string | undefined
  /** How often the call was sent; 1 unless given. */
  tries?: number | undefined
}

/**
 * The server answered with a failure (RFC 9457). `code` is the word to act on (docs/errors.md, `FaultCodes`); `message` has the
 * operation, the status, the code, the explanation and the request id.
 */
export class LatchkeyApiError extends LatchkeyError {
  override readonly name: string = 'LatchkeyApiError'
  /** The operation, such as `POST /v2/verify` or `GET /v2/keys/{ref}`; empty where it is not known. */
  readonly operation: string
  /** The HTTP status. */
  readonly status: number
  /** A stable word such as `BUDGET_EXCEEDED` or `key_not_found`; undefined where the answer was no problem document. */
  readonly code: FaultCode | Word | undefined
  /** The description of this failure, for people; undefined without one. */
  readonly detail: string | undefined
  /** Names the request in the server's log. */
  readonly requestId: string | undefined
  /** The errors of the input, one entry per place. */
  readonly errors: NonNullable<Problem['errors']>
  /** The limit that has no room, for `BUDGET_EXCEEDED`. */
  readonly bound: ScopedBudget | undefined
  /** The state of every limit above the key, for `BUDGET_EXCEEDED`. */
  readonly budget: ScopedBudget[] | undefined
  /** Whether the same call never passes however long it waits, for `BUDGET_EXCEEDED`: ask for less instead. */
  readonly neverFits: boolean
  /** The wait before a retry that the server asks for, in milliseconds. */
  readonly retryAfterMs: number | undefined
  /** From the response. */
  readonly headers: Headers
  /** How often the call was sent. */
  readonly tries: number
  /** The answer as it came. That of a proxy can quote the request with its keys, so nothing that prints the error prints it. */
  readonly body: string

  constructor(message: string, facts: ApiErrorFacts) {
    const { status, headers, problem, body, retryAfterMs, operation = '', tries = 1 } = facts
    super(message)
    this.operation = operation
    this.status = status
    this.code = problem?.code
    this.detail = problem?.detail
    this.tries = tries
    this.requestId = problem?.requestId ?? headers.get('x-request-id') ?? undefined
    this.errors = problem?.errors ?? []
    this.bound = problem?.bound
    this.budget = problem?.budget
    this.neverFits = problem?.neverFits === true
    this.retryAfterMs = retryAfterMs
    this.headers = headers
    this.body = body
    unprinted(this, 'headers', 'body')
  }
}

/** There was no readable response: refused, reset, cut off. `cause` is the platform's error. */
export class LatchkeyConnectionError extends LatchkeyError {
  override readonly name: string = 'LatchkeyConnectionError'
}

/** No complete response arrived within `timeoutMs`. The server may have carried out the call. */
export class LatchkeyTimeoutError extends LatchkeyError {
  override readonly name: string = 'LatchkeyTimeoutError'
}

/** The caller's own signal ended the call. `cause` is the reason it gave. */
export class LatchkeyAbortedError extends LatchkeyError {
  override readonly name: string = 'LatchkeyAbortedError'
}

/** A success does not fit the operation: check the base URL. */
export class LatchkeyResponseError extends LatchkeyError {
  override readonly name: string = 'LatchkeyResponseError'
  /** The HTTP status. */
  readonly status: number
  /** The answer as it came. It can hold a secret, so nothing that prints the error prints it. */
  readonly body: string

  constructor(message: string, { status, body }: { status: number; body: string }) {
    super(message)
    this.status = status
    this.body = body
    unprinted(this, 'body')
  }
}
