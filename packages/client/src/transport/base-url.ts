/** The name of a base URL's option, and an example of one. */
export interface BaseUrlName {
  /** The name of the option, such as `baseUrl`. */
  name: string
  /** One that would do. */
  example: string
  /** Whether it may have a query, which then goes along with every call. */
  query?: boolean | undefined
}

/**
 * The address of a server. Throws a TypeError that names the mistake and the correction: a text that is no address fails however often
 * it is tried, and a call to another place gives that place the key.
 */
export function baseUrlOf(given: unknown, { name, example, query = false }: BaseUrlName): URL {
  const text = given instanceof URL ? given.href : given
  const problem = problemOf(text, query)
  if (problem === undefined) return new URL(text as string)
  const none = query ? 'no' : 'no query,'
  throw new TypeError(
    `${name} ${problem}. It must be an absolute URL such as ${example}: http or https, a host, and ${none} fragment, user or password.`,
  )
}

/** The same as text, without slashes at its end. */
export function baseUrlText(given: unknown, named: BaseUrlName): string {
  return baseUrlOf(given, named).href.replace(/\/+$/, '')
}

function problemOf(given: unknown, query: boolean): string | undefined {
  if (given === undefined || given === null) return 'is missing'
  if (typeof given !== 'string') return `is of the type ${typeof given}`
  if (given.trim() === '') return 'is missing: it is empty'
  const url = parsed(given)
  if (url?.username || url?.password) return 'has a user or a password in it'
  const isHttp = url?.protocol === 'http:' || url?.protocol === 'https:'
  // The quoted text contains no password: a text without a scheme could be anything.
  if (!isHttp) return /[@?#]/.test(given) ? 'is no URL' : `is "${given}"${advice(given)}`
  // An empty query leaves no trace in the parsed URL, and would still swallow the path.
  if (given.includes('#')) return 'has a fragment'
  return !query && given.includes('?') ? 'has a query' : undefined
}

function advice(given: string): string {
  const named = /^[\w.-]+(:\d+)?(\/|$)/.test(given)
  const local = /^(localhost|127\.|\[?::1)/.test(given)
  return named ? `; write ${local ? 'http' : 'https'}://${given}` : ''
}

function parsed(text: string): URL | undefined {
  try {
    return new URL(text)
  } catch {
    return undefined
  }
}
