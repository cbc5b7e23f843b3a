/**
 * The headers of a request: of the web (`request.headers`), or of Node (`request.headersDistinct`; `request.headers` holds only the
 * first of two `Authorization` headers, so that two different keys are not noticed).
 */
export type IncomingHeaders =
  | { get(name: string): string | null }
  | Readonly<Record<string, string | readonly string[] | undefined>>

/** All headers of a name as one, joined as the platforms do; undefined where there is none. The name is in lower case. */
export function headerOf(headers: IncomingHeaders, name: string): string | undefined {
  if (typeof headers.get === 'function') return headers.get(name) ?? undefined
  const values = Object.entries(headers as Record<string, string | readonly string[] | undefined>)
    .filter(([each, value]) => each.toLowerCase() === name && value !== undefined)
    .flatMap(([, value]) => value as string | string[])
  return values.length === 0 ? undefined : values.join(', ')
}
