import { Secret } from '../../core/ground/secret.ts'
import { readCredential } from '../kernel/credentials.ts'

/**
 * The credential of a request in one of its two usual forms, alone: the same that {@link readCredential} reads. Null for any
 * other, about which that one has more to say.
 */
export function plainCredential(headers: Headers): Secret | null {
  const authorization = headers.get('authorization')
  const apiKey = headers.get('x-api-key')
  const text = authorization === null ? apiKey : apiKey === null ? bearerToken(authorization) : null
  return text !== null && PRINTABLE.test(text) ? new Secret(text) : null
}

const BEARER = 'Bearer '
// With a space in it there may be several.
const PRINTABLE = /^[\x21-\x7e]+$/

function bearerToken(authorization: string): string | null {
  return authorization.startsWith(BEARER) ? authorization.slice(BEARER.length) : null
}
