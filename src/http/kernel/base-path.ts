import type { Context } from 'hono'
import type { Env } from './env.ts'

/**
 * The path below which browsers and clients find the server, when a proxy removes that path before it forwards a request: `/latchkey`
 * of `https://example.com/latchkey`. Empty when there is none.
 */
export function basePathOf(publicUrl: string | null | undefined): string {
  return publicUrl == null ? '' : new URL(publicUrl).pathname.replace(/\/$/, '')
}

/** Adds the base path to a `Location` of our own, so that it leads the client to the right place. */
export function keepToBasePath(c: Context<Env>, basePath: string): void {
  const location = basePath === '' ? null : c.res.headers.get('location')
  if (location?.startsWith('/')) c.res.headers.set('location', `${basePath}${location}`)
}
