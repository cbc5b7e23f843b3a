import { ConnectionFailure } from './failures.ts'

interface Reported {
  code?: unknown
  message?: unknown
  cause?: unknown
  errors?: readonly unknown[] | undefined
}

// As Node and Bun name what TLS refuses, and as Deno words it. Not what broke while it was under way.
const REFUSED =
  /CERT|^ERR_TLS_|^ERR_SSL_(?!.*EOF)|^UNABLE_TO_|HOSTNAME_MISMATCH|^INVALID_(CA|PURPOSE)|^EPROTO$/
const REFUSED_WORDS = /certificate|received fatal alert|received corrupt message|^bad port$/i

/** The failure that an error of `fetch` stands for: the address, and the reason from the innermost cause. */
export function connectionFailure(place: string, error: unknown): ConnectionFailure {
  const bottom = bottomOf(error)
  const code = typeof bottom.code === 'string' ? bottom.code : ''
  const message = String(bottom.message || code || error).trim()
  const reason = code === '' || message.includes(code) ? message : `${message} (${code})`
  const refused = REFUSED.test(code) || REFUSED_WORDS.test(message)
  const what = refused ? 'cannot be reached' : 'could not be reached, or broke off'
  return new ConnectionFailure(`${place} ${what}: ${withoutCredentials(reason)}`, {
    cause: error,
    transient: !refused,
  })
}

/** The innermost cause: Node says "fetch failed" and has the reason in `cause`, or in `errors` with one for each address. */
function bottomOf(error: unknown): Reported {
  let at: Reported = Object(error)
  // The bound is for causes that go round.
  for (let depth = 0; depth < 8; depth += 1) {
    const below = at.errors?.[0] ?? at.cause
    if (!(below instanceof Error)) break
    at = below as Reported
  }
  return at
}

/** Messages show a URL without its user and password. */
export function withoutCredentials(text: string): string {
  return text.replace(/\/\/[^/\s]*@/g, '//')
}
