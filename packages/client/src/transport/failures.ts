/**
 * Nothing readable came back: refused, reset, cut off half-way, a name that does not resolve, or an answer beyond the
 * bound. `cause` is the platform's own error.
 */
export class ConnectionFailure extends Error {
  override readonly name: string = 'ConnectionFailure'
  /** False where trying again would meet the same, such as a certificate that is refused. */
  readonly transient: boolean

  constructor(message: string, options: { cause?: unknown; transient?: boolean | undefined } = {}) {
    super(message, 'cause' in options ? { cause: options.cause } : undefined)
    this.transient = options.transient ?? true
  }
}

/** The answer was not read to its end within `timeoutMs`. The server may have done what was asked. */
export class TimeoutFailure extends Error {
  override readonly name: string = 'TimeoutFailure'
  /** The time that was allowed, in milliseconds. */
  readonly timeoutMs: number

  constructor(message: string, timeoutMs: number) {
    super(message)
    this.timeoutMs = timeoutMs
  }
}

/** The caller's own signal ended the call; `cause` is the reason it gave. */
export class AbortedFailure extends Error {
  override readonly name: string = 'AbortedFailure'

  constructor(message: string, options: { cause?: unknown } = {}) {
    super(message, options)
  }
}
