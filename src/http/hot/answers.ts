import { withoutSecrets } from '../../core/ground/secret.ts'
import type { FaultResponse } from '../kernel/dialect.ts'
import { renderProblem } from '../kernel/problem.ts'
import type { AnyFault } from '../kernel/request-faults.ts'

/** The headers that every answer carries (http/kernel/api.ts), the request id aside. */
export const COMMON_HEADERS = {
  'x-content-type-options': 'nosniff',
  'cache-control': 'no-store',
} as const

const jsonHeaders = new Headers({ ...COMMON_HEADERS, 'content-type': 'application/json' })
const jsonInit = { headers: jsonHeaders }

/** A success with a JSON text. A response copies the headers that it is made with, so all are made with the same ones. */
export function jsonAnswer(text: string, requestId: string): Response {
  jsonHeaders.set('x-request-id', requestId)
  return new Response(text, jsonInit)
}

/** A fault, in the form of the native dialect. */
export function faultAnswer(fault: AnyFault, requestId: string, more: Record<string, string> = {}): Response {
  return problemAnswer(renderProblem(fault, { requestId }), requestId, more)
}

/** A failure that has its form already; `more` are further headers. */
export function problemAnswer(
  { status, body, contentType, headers }: FaultResponse,
  requestId: string,
  more: Record<string, string> = {},
): Response {
  // A fault may quote the request, and somebody may have put a key where something else belongs.
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
