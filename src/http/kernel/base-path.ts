import type { Context } from 'hono'
import type { Env } from './env.ts'

/**
 * The path below which browsers and clients find the server, where a proxy takes it away before the request arrives here:
 * `/latchkey` of `https://example.com/latchkey`; empty without one.
 */
export function basePathOf(publicUrl: string | null | undefined): string {
  return publicUrl == null ? '' : new URL(publicUrl).pathname.replace(/\/$/, '')
}

/** Lets a `Location` of our own lead to where the client finds it. */
export function keepToBasePath(c: Context<Env>, basePath: string): void {
  const location = basePath === '' ? null : c.res.headers.get('location')
  if (location?.startsWith('/')) c.res.headers.set('location', `${basePath}${location}`)
}
