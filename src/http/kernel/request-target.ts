import { Fault } from '../../core/ground/faults.ts'

/**
 * The absolute address of a request, at a host of ours. Bun gives only the text of the request line when there is no usable `Host`
 * (HTTP/1.0, or an empty one), and for CONNECT; the framework finds neither route nor query in it. And Bun takes hosts that no URL can
 * have, such as `x:99999`.
 */
export function absoluteUrl(url: string): string {
  const target = isAbsolute(url) ? url.slice(url.indexOf('/', 'https://'.length)) : url
  return new URL(`http://localhost${target.startsWith('/') ? '' : '/'}${target}`).href
}

/** Whether an address has its scheme and host. */
function isAbsolute(url: string): boolean {
  return url.startsWith('http://') || url.startsWith('https://')
}

/** Whether an address decodes to a NUL character, which no store can search for. */
export function holdsNul(url: string): boolean {
  return url.includes('%00') || url.includes('\0')
}

/** Refuses an address with a NUL character. */
export function requireStorable(url: string): void {
  if (!holdsNul(url)) return
  throw new Fault('input_invalid', { message: 'The address holds a NUL character.', errors: [] })
}

/** The request with an absolute address. */
export function withOrigin(request: Request): Request {
  const { url } = request
  return isAbsolute(url) ? request : new Request(absoluteUrl(url), request)
}
