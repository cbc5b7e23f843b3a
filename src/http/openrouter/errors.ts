import { z } from '@hono/zod-openapi'
import type { FaultResponse } from '../kernel/dialect.ts'
import { type AskedPart, type RequestError, requestErrors } from '../kernel/places.ts'
import {
  type AnyFault,
  type AnyFaultCode,
  allowHeader,
  FAULT_TEXTS,
  textOf,
} from '../kernel/request-faults.ts'

/** `metadata.error_type` per status (docs/wire/openrouter.md#errors). A status without a word of its own takes the nearest one. */
const ERROR_TYPES = {
  400: 'invalid_request',
  401: 'authentication',
  403: 'permission_denied',
  404: 'not_found',
  405: 'invalid_request',
  408: 'invalid_request',
  409: 'invalid_request',
  413: 'invalid_request',
  429: 'rate_limit_exceeded',
  500: 'server',
  503: 'server',
} as const

type Status = keyof typeof ERROR_TYPES

/** The body of every failure. `code` repeats the HTTP status; the official clients accept only an integer there. */
const ErrorBody = z
  .object({
    error: z.object({
      code: z.int().openapi({ example: 400 }),
      message: z.string().openapi({ example: 'Invalid request parameters: limit: Must be a number.' }),
      metadata: z.object({ error_type: z.enum([...new Set(Object.values(ERROR_TYPES))]) }),
    }),
  })
  .openapi('OpenRouterError')

const INVALID = 'Invalid request parameters'
const CONFLICT = 'Resource conflict. Please try again later.'
const NOT_FOUND = 'Resource not found'
const FORBIDDEN = 'Only management keys can perform this operation'
const LIMITED = 'Rate limit exceeded'

/**
 * Status and text of every fault; the texts are OpenRouter's where it has one (docs/wire/openrouter.md#errors). A key of somebody else
 * and a deleted one get the same answer as a missing one, so a stranger cannot find out which keys exist.
 */
const ANSWERS = {
  credential_missing: [401, 'Missing Authentication header'],
  credential_invalid: [401, 'User not found.'],
  credential_conflict: [401, FAULT_TEXTS.credential_conflict],
  address_forbidden: [403, FAULT_TEXTS.address_forbidden],
  access_forbidden: [403, FORBIDDEN],
  permission_denied: [403, FORBIDDEN],
  delegation_exceeded: [403, FAULT_TEXTS.delegation_exceeded],
  key_not_found: [404, NOT_FOUND],
  key_foreign: [404, NOT_FOUND],
  key_revoked: [404, NOT_FOUND],
  key_id_taken: [409, CONFLICT],
  secret_taken: [409, CONFLICT],
  user_not_found: [400, `${INVALID}: creator_user_id: No such user.`],
  user_foreign: [400, `${INVALID}: creator_user_id: No such user.`],
  user_id_taken: [409, CONFLICT],
  username_taken: [409, CONFLICT],
  email_taken: [409, CONFLICT],
  user_has_keys: [409, CONFLICT],
  handover_incomplete: [409, CONFLICT],
  last_root: [409, CONFLICT],
  last_manager: [409, FAULT_TEXTS.last_manager],
  workspace_not_found: [400, `${INVALID}: workspace_id: No such workspace.`],
  workspace_id_taken: [409, CONFLICT],
  slug_taken: [409, CONFLICT],
  workspace_default: [403, FAULT_TEXTS.workspace_default],
  workspace_has_keys: [400, FAULT_TEXTS.workspace_has_keys],
  member_not_found: [404, NOT_FOUND],
  member_default: [400, FAULT_TEXTS.member_default],
  too_many_members: [400, FAULT_TEXTS.too_many_members],
  revision_mismatch: [409, CONFLICT],
  revision_unreached: [503, FAULT_TEXTS.revision_unreached],
  idempotency_conflict: [409, CONFLICT],
  idempotency_running: [409, CONFLICT],
  input_invalid: [400, INVALID],
  key_not_usable: [409, CONFLICT],
  reservation_not_found: [404, NOT_FOUND],
  reservation_resolved: [409, CONFLICT],
  event_not_found: [404, NOT_FOUND],
  correction_exceeds: [409, CONFLICT],
  correction_conflict: [409, CONFLICT],
  request_id_conflict: [409, CONFLICT],
  too_many_keys: [409, FAULT_TEXTS.too_many_keys],
  too_many_secrets: [409, CONFLICT],
  too_many_holds: [429, LIMITED],
  limit_missing: [409, CONFLICT],
  body_malformed: [400, INVALID],
  body_incomplete: [400, `${INVALID}: ${FAULT_TEXTS.body_incomplete}`],
  body_too_large: [413, FAULT_TEXTS.body_too_large],
  body_encoding_unsupported: [400, INVALID],
  body_type_unsupported: [400, `${INVALID}: ${FAULT_TEXTS.body_type_unsupported}`],
  request_timeout: [408, FAULT_TEXTS.request_timeout],
  route_not_found: [404, NOT_FOUND],
  method_not_allowed: [405, FAULT_TEXTS.method_not_allowed],
  rate_limited: [429, LIMITED],
  authentication_rate_limited: [429, LIMITED],
  server_busy: [503, FAULT_TEXTS.server_busy],
  partly_done: [503, FAULT_TEXTS.partly_done],
  read_too_long: [400, `${INVALID}: ${FAULT_TEXTS.read_too_long}`],
  search_not_ready: [503, FAULT_TEXTS.search_not_ready],
  reads_busy: [503, FAULT_TEXTS.reads_busy],
  store_unavailable: [503, FAULT_TEXTS.store_unavailable],
  internal: [500, 'Internal Server Error'],
} as const satisfies Record<AnyFaultCode, readonly [Status, string]>

/** The dialect's form of a fault (docs/wire/openrouter.md#errors). */
export function renderFault(
  fault: AnyFault,
  { at, part = 'json' }: { at: number; part?: AskedPart },
): FaultResponse {
  const [status] = ANSWERS[fault.code]
  const body: z.infer<typeof ErrorBody> = {
    error: { code: status, message: messageOf(fault, part), metadata: { error_type: ERROR_TYPES[status] } },
  }
  return { status, contentType: 'application/json', body, headers: headersOf(fault, { status, at }) }
}

function messageOf(fault: AnyFault, part: AskedPart): string {
  const { code, details } = fault
  const [, text] = ANSWERS[code]
  const wrong = requestErrors(details.errors ?? [], part)
    .map((error) => [placeOf(error), error.message].filter((part) => part !== '').join(': '))
    .join('; ')
  switch (code) {
    case 'input_invalid':
    case 'body_malformed':
    case 'body_encoding_unsupported':
      return `${text}: ${wrong === '' ? textOf(fault) : wrong}`
    case 'delegation_exceeded':
      return wrong === '' ? text : `${text} ${wrong}`
    default:
      return text
  }
}

/** The core has its own names for members; the caller gets those of the wire. */
function placeOf({ pointer }: RequestError): string {
  const path = pointer.replace(/^(?:\/|\w+:)/, '').replaceAll('/', '.')
  if (path === 'expiresAt') return 'expires_at'
  // This report has whole days only.
  if (path === 'from') return 'date'
  return path.startsWith('limits.') ? 'limit' : path
}

function headersOf(fault: AnyFault, { status, at }: { status: Status; at: number }): Record<string, string> {
  const { details } = fault
  const { retryAfterMs: waitMs = RETRY_AFTER_MS } = details
  const retryAfter: Record<string, string> =
    waitMs === null ? {} : { 'retry-after': String(Math.ceil(waitMs / 1_000)) }
  switch (status) {
    case 405:
      return allowHeader(fault)
    case 429:
      return {
        ...retryAfter,
        'x-ratelimit-limit': String(details.limit ?? 0),
        'x-ratelimit-remaining': '0',
        // Milliseconds since 1970: OpenRouter documents no unit, and its service sends milliseconds.
        ...(waitMs === null ? {} : { 'x-ratelimit-reset': String(at + waitMs) }),
      }
    case 503:
      return retryAfter
    default:
      return {}
  }
}

// For outages, whose length is unknown.
const RETRY_AFTER_MS = 1_000

const REFUSALS = {
  400: refusal('The request is not valid'),
  401: refusal('The credential is missing, unknown, deleted, disabled or expired'),
  403: refusal('The credential may not do this'),
  404: refusal("There is no such key, or it is deleted, or somebody else's"),
  408: refusal('The request was not received in time'),
  409: refusal(
    'It is the last key by which everything can be managed, or its owner has as many keys as it may',
  ),
  413: refusal('The request body is too large'),
  429: refusal('Too many requests'),
  500: refusal('A fault of the server; nothing was created'),
  503: refusal('The database cannot be reached; nothing was created'),
}

/** The declarations of these failures for a route. */
export function refusals<S extends keyof typeof REFUSALS>(...statuses: S[]): Pick<typeof REFUSALS, S> {
  const entries = statuses.map((status) => [status, REFUSALS[status]])
  return Object.fromEntries(entries) as Pick<typeof REFUSALS, S>
}

function refusal(description: string) {
  return { description, content: { 'application/json': { schema: ErrorBody } } }
}
