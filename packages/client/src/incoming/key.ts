import type { Word } from '../words.ts'
import { headerOf, type IncomingHeaders } from './headers.ts'

/** The reason why a request has no key to verify. */
export type KeyFault = 'credential_missing' | 'credential_conflict' | 'credential_invalid' | Word

/** The key of a request, or the reason why it has none. */
export type IncomingKey = { key: string; fault?: undefined } | { key?: undefined; fault: KeyFault }

// No key is longer, as on the server.
const KEY_CHARS = 256
// Several headers of one name count as one, joined by this. No key's text holds a space.
const SEPARATOR = ', '
const BEARER = /^bearer(?=[ \t]|$)/i
const KEY = /^[!-~]+$/

/** Reads the key from `Authorization: Bearer` or `X-Api-Key`, as the server reads its own credentials. Another scheme in
 * `Authorization` is ignored, and so is an empty value. Two different keys are a fault, because another program on the way
 * may choose the other one.
 */
export function keyFrom(headers: IncomingHeaders): IncomingKey {
  const bearer = credentialsOf(headerOf(headers, 'authorization') ?? '')
    .filter((each) => BEARER.test(each))
    .map((each) => each.replace(BEARER, ''))
  const own = (headerOf(headers, 'x-api-key') ?? '').split(SEPARATOR)
  const [key, ...others] = new Set(
    [...bearer, ...own].map((text) => text.trim()).filter((text) => text !== ''),
  )
  if (key === undefined) return { fault: 'credential_missing' }
  if (others.length > 0) return { fault: 'credential_conflict' }
  return KEY.test(key) && key.length <= KEY_CHARS ? { key } : { fault: 'credential_invalid' }
}

/**
 * The parts of an `Authorization` header, each a scheme with its parameters. A separator within a quoted parameter of another scheme
 * (`Digest username="a, Bearer b"`) separates nothing; a quote that is never closed extends to the end.
 */
function credentialsOf(header: string): string[] {
  const parts: string[] = []
  let start = 0
  let quoted = false
  // Looked at once for each part, however many quotes are in it.
  let bearer: boolean | undefined
  const isBearer = () => {
    bearer ??= BEARER.test(header.slice(start).trimStart())
    return bearer
  }
  for (let at = 0; at < header.length; at += 1) {
    const sign = header[at]
    if (quoted && sign === '\\') at += 1
    else if (sign === '"' && !isBearer()) quoted = !quoted
    else if (!quoted && header.startsWith(SEPARATOR, at)) {
      parts.push(header.slice(start, at).trim())
      start = at + SEPARATOR.length
      bearer = undefined
    }
  }
  return [...parts, header.slice(start).trim()]
}
