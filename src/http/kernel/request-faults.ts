import { FAULTS, Failure, type FaultCode, type FaultDetails } from '../../core/ground/faults.ts'

/** The ways in which a request can fail before it reaches the domain. */
const REQUEST_FAULTS = {
  credential_missing: 'No credential was sent. Send "Authorization: Bearer <key>" or "x-api-key: <key>".',
  credential_conflict: 'Two different credentials were sent in one request. Send one.',
  body_malformed: 'The request body is not valid JSON.',
  body_incomplete: 'The connection ended, or its framing broke, before the whole request body had arrived.',
  body_too_large: 'The request body is too large.',
  body_encoding_unsupported: 'The Content-Encoding of the request body is not supported.',
  body_type_unsupported: 'The request body must be sent as application/json.',
  request_timeout: 'The request was not received in time.',
  route_not_found: 'There is nothing at this address.',
  method_not_allowed: 'This address does not take this method.',
  authentication_rate_limited: 'Too many failed authentications from this address. Try again later.',
} as const satisfies Record<string, string>

/** The code of a failure of the request: a key of {@link REQUEST_FAULTS}. */
export type RequestFaultCode = keyof typeof REQUEST_FAULTS

/** The code of any failure that a dialect can answer. */
export type AnyFaultCode = FaultCode | RequestFaultCode

/** Any failure that a dialect can answer. */
export type AnyFault = Failure<AnyFaultCode>

/** The public text of every failure. Where the domain speaks of a revision or an idempotency key, the text names the header. */
export const FAULT_TEXTS: Record<AnyFaultCode, string> = {
  ...FAULTS,
  ...REQUEST_FAULTS,
  revision_mismatch: 'The record has changed since the revision given in If-Match. Read it again.',
  revision_unreached: 'This node has not reached the revision given in atLeast yet. Try again.',
  idempotency_conflict: 'This Idempotency-Key was used for a different request.',
  idempotency_running: 'A request with this Idempotency-Key is still running. Try again shortly.',
}

/** A failure of a request that never reached the domain. */
export class RequestFault extends Failure<RequestFaultCode> {
  override readonly name = 'RequestFault'
  /** The methods of the address, for `method_not_allowed`. */
  readonly allow: readonly string[]

  constructor(
    code: RequestFaultCode,
    { allow = [], ...details }: FaultDetails & { allow?: readonly string[] } = {},
    options?: ErrorOptions,
  ) {
    super(code, REQUEST_FAULTS[code], details, options)
    this.allow = allow
  }
}

/** The public text of a failure: its own message, else the meaning of its code. */
export function textOf({ code, details }: AnyFault): string {
  return details.message ?? FAULT_TEXTS[code]
}

/** The header `Allow` of an answer: the methods of the address. */
export function allowHeader(fault: AnyFault): Record<string, string> {
  return { allow: fault instanceof RequestFault ? fault.allow.join(', ') : '' }
}
