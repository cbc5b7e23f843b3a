import { Secret } from '../../core/ground/secret.ts'
import { readCredential } from '../kernel/credentials.ts'

/**
 * Reads the credential of a request when it has exactly one header of the two usual forms; the result is that of {@link
 * readCredential}. Null for every other request, which {@link readCredential} then answers in detail.
 */
export function plainCredential(headers: Headers): Secret | null {
  const authorization = headers.get('authorization')
  const apiKey = headers.get('x-api-key')
  const text = authorization === null ? apiKey : apiKey === null ? bearerToken(authorization) : null
  return text !== null && PRINTABLE.test(text) ? new Secret(text) : null
}

const BEARER = 'Bearer '
// A value with a space may be several values joined.
const PRINTABLE = /^[\x21-\x7e]+$/

function bearerToken(authorization: string): string | null {
  return authorization.startsWith(BEARER) ? authorization.slice(BEARER.length) : null
}
