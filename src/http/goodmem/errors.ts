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

const NOT_YOURS = 'Permission denied'
const KEY_GONE = 'API key not found'

/** Status and text of every fault; GoodMem's text where it has one (docs/wire/goodmem.md#errors), else the fault's own. */
const ANSWERS = {
  credential_missing: [401, 'No API key provided.'],
  credential_invalid: [401, 'Invalid or expired API key.'],
  credential_conflict: [401, FAULT_TEXTS.credential_conflict],
  address_forbidden: [403, NOT_YOURS],
  access_forbidden: [403, NOT_YOURS],
  permission_denied: [403, NOT_YOURS],
  delegation_exceeded: [403, null],
  key_not_found: [404, KEY_GONE],
  key_foreign: [403, NOT_YOURS],
  key_revoked: [404, KEY_GONE],
  key_id_taken: [409, 'An API key with this ID already exists'],
  secret_taken: [409, FAULT_TEXTS.secret_taken],
  user_not_found: [404, 'User not found'],
  user_foreign: [403, NOT_YOURS],
  user_id_taken: [409, FAULT_TEXTS.user_id_taken],
  username_taken: [409, FAULT_TEXTS.username_taken],
  email_taken: [409, FAULT_TEXTS.email_taken],
  user_has_keys: [412, FAULT_TEXTS.user_has_keys],
  handover_incomplete: [409, FAULT_TEXTS.handover_incomplete],
  last_root: [412, FAULT_TEXTS.last_root],
  last_manager: [409, FAULT_TEXTS.last_manager],
  workspace_not_found: [404, FAULT_TEXTS.workspace_not_found],
  workspace_id_taken: [409, FAULT_TEXTS.workspace_id_taken],
  slug_taken: [409, FAULT_TEXTS.slug_taken],
  workspace_default: [412, FAULT_TEXTS.workspace_default],
  workspace_has_keys: [412, FAULT_TEXTS.workspace_has_keys],
  member_not_found: [404, FAULT_TEXTS.member_not_found],
  member_default: [412, FAULT_TEXTS.member_default],
  too_many_members: [412, FAULT_TEXTS.too_many_members],
  revision_mismatch: [412, FAULT_TEXTS.revision_mismatch],
  revision_unreached: [503, FAULT_TEXTS.revision_unreached],
  idempotency_conflict: [409, FAULT_TEXTS.idempotency_conflict],
  idempotency_running: [409, FAULT_TEXTS.idempotency_running],
  input_invalid: [400, null],
  key_not_usable: [412, FAULT_TEXTS.key_not_usable],
  reservation_not_found: [404, FAULT_TEXTS.reservation_not_found],
  reservation_resolved: [412, FAULT_TEXTS.reservation_resolved],
  event_not_found: [404, FAULT_TEXTS.event_not_found],
  correction_exceeds: [412, FAULT_TEXTS.correction_exceeds],
  correction_conflict: [409, FAULT_TEXTS.correction_conflict],
  request_id_conflict: [409, FAULT_TEXTS.request_id_conflict],
  too_many_keys: [412, FAULT_TEXTS.too_many_keys],
  too_many_secrets: [412, FAULT_TEXTS.too_many_secrets],
  too_many_holds: [429, FAULT_TEXTS.too_many_holds],
  limit_missing: [412, FAULT_TEXTS.limit_missing],
  body_malformed: [400, null],
  body_incomplete: [400, FAULT_TEXTS.body_incomplete],
  body_too_large: [413, FAULT_TEXTS.body_too_large],
  body_encoding_unsupported: [415, null],
  body_type_unsupported: [415, FAULT_TEXTS.body_type_unsupported],
  request_timeout: [408, FAULT_TEXTS.request_timeout],
  route_not_found: [404, FAULT_TEXTS.route_not_found],
  method_not_allowed: [405, FAULT_TEXTS.method_not_allowed],
  rate_limited: [429, FAULT_TEXTS.rate_limited],
  authentication_rate_limited: [429, FAULT_TEXTS.authentication_rate_limited],
  server_busy: [503, FAULT_TEXTS.server_busy],
  partly_done: [503, FAULT_TEXTS.partly_done],
  read_too_long: [400, FAULT_TEXTS.read_too_long],
  search_not_ready: [503, FAULT_TEXTS.search_not_ready],
  reads_busy: [503, FAULT_TEXTS.reads_busy],
  store_unavailable: [503, FAULT_TEXTS.store_unavailable],
  internal: [500, 'Unexpected error while processing request.'],
} as const satisfies Record<AnyFaultCode, readonly [status: number, text: string | null]>

/** The dialect's form of a fault, in one of three shapes (docs/wire/goodmem.md#errors). */
export function renderFault(
  fault: AnyFault,
  { at, part = 'json' }: { at: number; part?: AskedPart },
): FaultResponse {
  const [status, text] = ANSWERS[fault.code]
  const body = bodyOf(fault, { error: text ?? textOf(fault), status, timestamp: at }, part)
  return { status, contentType: 'application/json', body, headers: headersOf(fault, status) }
}

/** The body of every refusal that is not about invalid input. */
const ServiceError = z
  .object({
    error: z.string().openapi({ example: KEY_GONE }),
    status: z.int().openapi({ example: 404 }),
    timestamp: z.int().openapi({ description: 'Milliseconds since 1970.', example: 1_795_348_800_000 }),
  })
  .openapi('GoodMemError')

/** The body of a 400: errors of single members, an error of the JSON, or one sentence about the whole request. */
const InputErrorBody = z
  .union([
    ServiceError.extend({ errors: z.array(z.object({ field: z.string(), message: z.string() })) }),
    z.object({ error: z.string().openapi({ example: 'Invalid JSON request body: ...' }) }),
    ServiceError,
  ])
  .openapi('GoodMemInputError')

const REFUSALS = {
  400: refusal('The request is not valid', InputErrorBody),
  401: refusal('The credential is missing, unknown, inactive or expired', ServiceError),
  403: refusal('The credential may not do this', ServiceError),
  404: refusal('There is no such record', ServiceError),
  408: refusal('The request was not received in time', ServiceError),
  409: refusal('The id is taken', ServiceError),
  413: refusal('The request body is too large', ServiceError),
  415: refusal('The request body is not application/json', ServiceError),
  429: refusal('Too many requests; see Retry-After', ServiceError),
  500: refusal('A fault of the server', ServiceError),
  503: refusal('The database cannot be reached; see Retry-After', ServiceError),
}

/** The declarations of these failures for a route. */
export function refusals<S extends keyof typeof REFUSALS>(...statuses: S[]): Pick<typeof REFUSALS, S> {
  return Object.fromEntries(statuses.map((status) => [status, REFUSALS[status]])) as Pick<typeof REFUSALS, S>
}

function refusal<Schema extends z.ZodType>(description: string, schema: Schema) {
  return { description, content: { 'application/json': { schema } } }
}

type ServiceBody = z.infer<typeof ServiceError>

function bodyOf(
  { code, details }: AnyFault,
  service: ServiceBody,
  part: AskedPart,
): z.infer<typeof InputErrorBody> {
  if (code === 'body_malformed') return jsonError(details.message ?? FAULT_TEXTS.body_malformed)
  const wrong = code === 'input_invalid' ? requestErrors(details.errors ?? [], part) : []
  const unknown = wrong.find((error) => error.unknownMember === true)
  if (unknown !== undefined) return jsonError(`Unrecognized field "${fieldOf(unknown)}"`)
  const whole = wrong.find((error) => error.pointer === '')
  if (whole !== undefined) return jsonError(whole.message)
  const inPath = wrong.find((error) => error.pointer.startsWith('param:'))
  if (inPath !== undefined) return { ...service, error: inPath.message }
  if (wrong.length === 0) return service
  const errors = wrong.map((error) => ({ field: fieldOf(error), message: error.message }))
  // Clients that know only the first shape get the same facts in one text (docs/wire/goodmem.md#errors).
  return { ...service, error: errors.map(({ field, message }) => `${field}: ${message}`).join('; '), errors }
}

function jsonError(what: string): { error: string } {
  return { error: `Invalid JSON request body: ${what}` }
}

/** GoodMem's notation for a place in the request: `spaceEmbedders[0].embedderId`. */
function fieldOf({ pointer }: RequestError): string {
  const steps = pointer.replace(/^(?:\/|\w+:)/, '').split('/')
  const names = steps.map((step) => step.replaceAll('~1', '/').replaceAll('~0', '~'))
  return names
    .map((name, index) => (/^\d+$/.test(name) ? `[${name}]` : index === 0 ? name : `.${name}`))
    .join('')
}

function headersOf(fault: AnyFault, status: number): Record<string, string> {
  const { details } = fault
  if (status === 405) return allowHeader(fault)
  if (status !== 429 && status !== 503) return {}
  const { retryAfterMs = OUTAGE_RETRY_MS } = details
  return retryAfterMs === null ? {} : { 'retry-after': String(Math.ceil(retryAfterMs / 1_000)) }
}

// The length of an outage is unknown.
const OUTAGE_RETRY_MS = 1_000
