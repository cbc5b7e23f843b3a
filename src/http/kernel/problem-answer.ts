import { withoutSecrets } from '../../core/ground/secret.ts'
import type { FaultResponse } from './dialect.ts'

/** The headers that every answer has (http/kernel/api.ts), except the request id. */
export const COMMON_HEADERS = {
  'x-content-type-options': 'nosniff',
  'cache-control': 'no-store',
} as const

/** A failure whose body is rendered already, for answers that the framework does not make; `more` are further headers. */
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
