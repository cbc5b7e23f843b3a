/**
 * The absolute address of a request. Without a usable `Host` (HTTP/1.0, an empty one), and for CONNECT, Bun gives only what
 * stood in the request line, in which the framework finds neither the route nor the query.
 */
export function absoluteUrl(url: string): string {
  if (isAbsolute(url)) return url
  return new URL(`http://localhost${url.startsWith('/') ? '' : '/'}${url}`).href
}

/** Whether an address has its scheme and host. */
export function isAbsolute(url: string): boolean {
  return url.startsWith('http://') || url.startsWith('https://')
}

/** Whether an address decodes to a NUL character, which no store could look for. */
export function holdsNul(url: string): boolean {
  return url.includes('%00') || url.includes('\0')
}

/** The request with an absolute address. */
export function withOrigin(request: Request): Request {
  const { url } = request
  return isAbsolute(url) ? request : new Request(absoluteUrl(url), request)
}
