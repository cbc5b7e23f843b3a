import { Fault } from '../../core/ground/faults.ts'
import { Secret } from '../../core/ground/secret.ts'
import type { Facts } from '../../core/verify/facts.ts'
import { RequestFault } from './request-faults.ts'

/**
 * Reads the credential of a request from `Authorization: Bearer` or `x-api-key`. Null when neither holds one: another scheme in
 * `Authorization` may belong to a proxy, and an empty value counts as absent. Throws `credential_conflict` for two different
 * credentials, and `credential_invalid` for a text that cannot be a key.
 */
export function readCredential(headers: Headers): Secret | null {
  const texts = new Set([
    ...bearerTokens(headers.get('authorization') ?? ''),
    ...listed(headers.get('x-api-key') ?? ''),
  ])
  if (texts.size > 1) throw new RequestFault('credential_conflict')
  const [text] = texts
  if (text === undefined) return null
  if (!PRINTABLE.test(text)) {
    throw new Fault('credential_invalid', { internal: 'a credential with a space or an unprintable sign' })
  }
  return new Secret(text)
}

/** The credential of a request if memory holds its key's facts. Null otherwise, also for credentials that {@link readCredential} refuses. */
export function heldCredential(headers: Headers, facts: Pick<Facts, 'holds'>): Secret | null {
  try {
    const credential = readCredential(headers)
    return credential !== null && facts.holds(credential) ? credential : null
  } catch {
    return null
  }
}

const PRINTABLE = /^[\x21-\x7e]+$/

// Bun joins several headers of one name with a comma and a space. No key contains a space.
const SEPARATOR = ', '

function listed(header: string): string[] {
  return header
    .split(SEPARATOR)
    .map((text) => text.trim())
    .filter((text) => text !== '')
}

const BEARER = /^bearer(?:[ \t]+|$)/i

function bearerTokens(header: string): string[] {
  return credentialsOf(header)
    .filter((each) => BEARER.test(each))
    .map((each) => each.replace(BEARER, ''))
    .filter((token) => token !== '')
}

/**
 * The parts of an `Authorization` header: a scheme and its parameters each. A comma within a quoted parameter of another scheme
 * (`Digest username="a, Bearer b"`) does not end a part; an unclosed quote takes the rest of the header.
 */
function credentialsOf(header: string): string[] {
  const parts: string[] = []
  let start = 0
  let quoted = false
  // One look-ahead per part, however many quotes the part has.
  let bearer: boolean | undefined
  const isBearer = () => {
    bearer ??= BEARER.test(header.slice(start).trimStart())
    return bearer
  }
  for (let index = 0; index <= header.length; index += 1) {
    const sign = header[index]
    if (quoted && sign === '\\') index += 1
    else if (sign === '"' && !isBearer()) quoted = !quoted
    else if (index >= header.length || (!quoted && header.startsWith(SEPARATOR, index))) {
      parts.push(header.slice(start, index).trim())
      start = index + SEPARATOR.length
      bearer = undefined
    }
  }
  return parts
}
