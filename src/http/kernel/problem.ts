import { z } from '@hono/zod-openapi'
import { FAULTS, type FaultDetails } from '../../core/ground/faults.ts'
import { ACCEPTED_CODINGS } from './content-encoding.ts'
import type { FaultResponse } from './dialect.ts'
import { type AskedPart, requestErrors } from './places.ts'
import { type AnyFault, type AnyFaultCode, allowHeader, FAULT_TEXTS, textOf } from './request-faults.ts'

/** The HTTP status of every fault in the native API; docs/errors.md shows the same table. */
export const FAULT_STATUS = {
  credential_missing: 401,
  credential_invalid: 401,
  credential_conflict: 401,
  address_forbidden: 403,
  access_forbidden: 403,
  permission_denied: 403,
  delegation_exceeded: 403,
  key_not_found: 404,
  key_foreign: 404,
  key_revoked: 409,
  key_id_taken: 409,
  secret_taken: 409,
  user_not_found: 404,
  user_foreign: 404,
  user_id_taken: 409,
  username_taken: 409,
  email_taken: 409,
  user_has_keys: 409,
  handover_incomplete: 409,
  last_root: 409,
  last_manager: 409,
  workspace_not_found: 404,
  workspace_id_taken: 409,
  slug_taken: 409,
  workspace_default: 409,
  workspace_has_keys: 409,
  member_not_found: 404,
  member_default: 409,
  too_many_members: 409,
  revision_mismatch: 412,
  revision_unreached: 503,
  idempotency_conflict: 422,
  idempotency_running: 409,
  input_invalid: 400,
  key_not_usable: 409,
  reservation_not_found: 404,
  reservation_resolved: 409,
  event_not_found: 404,
  correction_exceeds: 409,
  correction_conflict: 409,
  request_id_conflict: 409,
  too_many_keys: 409,
  too_many_secrets: 409,
  too_many_holds: 429,
  limit_missing: 409,
  body_malformed: 400,
  body_incomplete: 400,
  body_too_large: 413,
  body_encoding_unsupported: 415,
  body_type_unsupported: 415,
  request_timeout: 408,
  route_not_found: 404,
  method_not_allowed: 405,
  rate_limited: 429,
  authentication_rate_limited: 429,
  server_busy: 503,
  partly_done: 503,
  read_too_long: 400,
  search_not_ready: 503,
  reads_busy: 503,
  store_unavailable: 503,
  internal: 500,
} as const satisfies Record<AnyFaultCode, number>

/** The faults that take the place of others which would reveal that a record exists. */
export const SHOWN_AS: Partial<Record<AnyFaultCode, AnyFaultCode>> = {
  key_foreign: 'key_not_found',
  user_foreign: 'user_not_found',
}

/** A failure's body (RFC 9457). */
export const Problem = z
  .object({
    type: z
      .string()
      .openapi({ description: 'One URI per code.', example: 'urn:latchkey:fault:key_not_found' }),
    title: z.string().openapi({ description: 'The meaning of the code.', example: FAULTS.key_not_found }),
    status: z.int().openapi({ description: 'The HTTP status.', example: 404 }),
    detail: z
      .string()
      .openapi({ description: 'A description of this failure.', example: FAULTS.key_not_found }),
    code: z.string().openapi({ description: 'A stable code for programs.', example: 'key_not_found' }),
    requestId: z.string().openapi({ description: 'Also in the header X-Request-Id.', example: 'req-4711' }),
    errors: z
      .array(
        z.object({
          pointer: z.string().openapi({
            description: 'JSON pointer into the body, or the place outside it, such as `query:limit`.',
            example: '/labels/env',
          }),
          message: z.string(),
        }),
      )
      .optional()
      .openapi({ description: 'The errors of the input, one entry per place.' }),
    neverFits: z
      .literal(true)
      .optional()
      .openapi({ description: 'Present when the same request never passes however long it waits.' }),
  })
  .openapi('Problem')

/** A failure among a route's responses. */
export function problemResponse(description: string) {
  return { description, content: { 'application/problem+json': { schema: Problem } } }
}

/** A fault as problem details, with the headers that its status asks for. */
export function renderProblem(
  fault: AnyFault,
  { requestId, part = 'json' }: { requestId: string; part?: AskedPart },
): FaultResponse {
  const { code, detail, errors } = shownOf(fault, part)
  const status = FAULT_STATUS[code]
  const body: z.infer<typeof Problem> = {
    type: `urn:latchkey:fault:${code}`,
    title: FAULT_TEXTS[code],
    status,
    detail,
    code,
    requestId,
    ...(errors.length === 0 ? {} : { errors }),
    ...(fault.details.retryAfterMs === null ? { neverFits: true } : {}),
  }
  return { status, contentType: 'application/problem+json', body, headers: headersOf(fault, status) }
}

/** The public members of a fault, also for a fault of one record among many. */
export function shownOf(
  fault: AnyFault,
  part: AskedPart = 'json',
): { code: AnyFaultCode; detail: string; errors: { pointer: string; message: string }[] } {
  const code = shownCode(fault)
  const errors = requestErrors(fault.details.errors ?? [], part).map(({ pointer, message }) => ({
    pointer,
    message,
  }))
  const detail = code === fault.code ? textOf(fault) : (errors[0]?.message ?? FAULT_TEXTS[code])
  return { code, detail, errors }
}

/** An unknown id in the body is invalid input (400); in the path it is an address that does not exist (404). */
function shownCode({ code, details }: AnyFault): AnyFaultCode {
  const named = SHOWN_AS[code] ?? code
  return FAULT_STATUS[named] === 404 && details.errors !== undefined ? 'input_invalid' : named
}

const RETRY_AFTER_MS = 1_000

function headersOf(fault: AnyFault, status: number): Record<string, string> {
  const { code, details } = fault
  switch (status) {
    case 401:
      return { 'www-authenticate': 'Bearer' }
    case 405:
      return allowHeader(fault)
    case 415:
      return code === 'body_encoding_unsupported' ? { 'accept-encoding': ACCEPTED_CODINGS } : {}
    case 429:
      return { ...retryHeader(details), ...rateHeaders(details) }
    case 503:
      return retryHeader(details)
    default:
      return code === 'idempotency_running' ? retryHeader(details) : {}
  }
}

function retryHeader({ retryAfterMs = RETRY_AFTER_MS }: FaultDetails): Record<string, string> {
  return retryAfterMs === null ? {} : { 'retry-after': secondsOf(retryAfterMs) }
}

function rateHeaders({ limit, remaining = 0, retryAfterMs = null }: FaultDetails): Record<string, string> {
  if (limit === undefined) return {}
  const reset: Record<string, string> =
    retryAfterMs === null ? {} : { 'ratelimit-reset': secondsOf(retryAfterMs) }
  return { 'ratelimit-limit': limit.toString(), 'ratelimit-remaining': remaining.toString(), ...reset }
}

function secondsOf(ms: number): string {
  return Math.max(1, Math.ceil(ms / 1_000)).toString()
}
