import { Fault } from '../../core/ground/faults.ts'
import { Secret } from '../../core/ground/secret.ts'

const BEARER = /^Bearer +([\x21-\x7e]+) *$/i
const PRINTABLE = /^[\x21-\x7e]+$/

/**
 * Reads the credential of a request from `Authorization: Bearer` or `x-api-key` (spec.md §3). Null when neither header
 * is there. Throws `credential_conflict` for two different ones and `credential_invalid` for one that is no key's text.
 */
export function readCredential(headers: Headers): Secret | null {
  const authorization = headers.get('authorization')
  const apiKey = headers.get('x-api-key')
  const bearer = authorization === null || authorization === '' ? null : bearerToken(authorization)
  const direct = apiKey === null || apiKey.trim() === '' ? null : printable(apiKey.trim())
  if (bearer !== null && direct !== null && bearer !== direct) throw new Fault('credential_conflict')
  const text = direct ?? bearer
  return text === null ? null : new Secret(text)
}

function bearerToken(header: string): string {
  const token = BEARER.exec(header)?.[1]
  if (token === undefined) throw new Fault('credential_invalid', { internal: 'not a bearer token' })
  return token
}

function printable(text: string): string {
  // Two headers of one name arrive joined by a comma and a space, which no key's text holds.
  if (!PRINTABLE.test(text))
    throw new Fault('credential_invalid', { internal: 'unprintable or repeated x-api-key' })
  return text
}
