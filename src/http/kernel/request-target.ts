/**
 * The absolute address of a request. Bun gives only the text of the request line when there is no usable `Host` (HTTP/1.0, or an empty
 * one), and for CONNECT; the framework finds neither route nor query in it.
 */
export function absoluteUrl(url: string): string {
  if (isAbsolute(url)) return url
  return new URL(`http://localhost${url.startsWith('/') ? '' : '/'}${url}`).href
}

/** Whether an address has its scheme and host. */
export function isAbsolute(url: string): boolean {
  return url.startsWith('http://') || url.startsWith('https://')
}

/** Whether an address decodes to a NUL character, which no store can search for. */
export function holdsNul(url: string): boolean {
  return url.includes('%00') || url.includes('\0')
}

/** The request with an absolute address. */
export function withOrigin(request: Request): Request {
  const { url } = request
  return isAbsolute(url) ? request : new Request(absoluteUrl(url), request)
}
