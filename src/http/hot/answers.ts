import { withoutSecrets } from '../../core/ground/secret.ts'
import type { FaultResponse } from '../kernel/dialect.ts'
import { renderProblem } from '../kernel/problem.ts'
import type { AnyFault } from '../kernel/request-faults.ts'

/** The headers that every answer has (http/kernel/api.ts), except the request id. */
export const COMMON_HEADERS = {
  'x-content-type-options': 'nosniff',
  'cache-control': 'no-store',
} as const

const jsonHeaders = new Headers({ ...COMMON_HEADERS, 'content-type': 'application/json' })
const jsonInit = { headers: jsonHeaders }

/** A success with a JSON text. A response copies its headers, so all responses are made from the same ones. */
export function jsonAnswer(text: string, requestId: string): Response {
  jsonHeaders.set('x-request-id', requestId)
  return new Response(text, jsonInit)
}

/** A fault, in the form of the native dialect. */
export function faultAnswer(fault: AnyFault, requestId: string, more: Record<string, string> = {}): Response {
  return problemAnswer(renderProblem(fault, { requestId }), requestId, more)
}

/** A failure whose body is rendered already; `more` are further headers. */
export function problemAnswer(
  { status, body, contentType, headers }: FaultResponse,
  requestId: string,
  more: Record<string, string> = {},
): Response {
  // A fault may quote the request, and a caller may have put a key into the wrong place of it.
  const text = withoutSecrets(JSON.stringify(body))
  return new Response(text, {
    status,
    headers: {
      ...COMMON_HEADERS,
      ...more,
      'content-type': contentType,
      'x-request-id': requestId,
      ...headers,
    },
  })
}
