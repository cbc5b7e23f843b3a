import { LatchkeyApiError } from '../../../packages/client/src/index.ts'
import { isLocalHost } from '../../config/local-hosts.ts'
import type { Config } from '../../config/settings.ts'
import type { Context } from '../command.ts'
import { type Found, reasonOf } from './finding.ts'

const PATIENCE_MS = 5_000
/** The error codes of the runtimes for a port on which nobody listens. */
const REFUSED = /ECONNREFUSED|ConnectionRefused|Unable to connect/

/** Checks whether keys are sent unencrypted anywhere. */
export function checkTls({ target }: Pick<Context, 'target'>, { host, trustedProxies }: Config): Found[] {
  const { url, from } = target()
  const found: Found[] = []
  if (!isLocalHost(host) && trustedProxies.length === 0)
    found.push({
      result: 'warn',
      detail: `The server listens on ${host} without TLS. Put a proxy that speaks TLS in front, and name it in LATCHKEY_TRUSTED_PROXIES.`,
    })
  const { protocol, hostname } = new URL(url)
  if (protocol === 'http:' && !isLocalHost(hostname))
    found.push({
      result: 'warn',
      detail: `${url} (from ${from}) is called without TLS: keys can be read on the way.`,
    })
  return found.length > 0 ? found : [{ result: 'ok', detail: 'No key leaves this machine unencrypted.' }]
}

/** Checks whether the server that commands call, at `url`, is ready and accepts the key. */
export async function checkServer(
  { target, client }: Pick<Context, 'target' | 'client'>,
  url: string,
): Promise<Found[]> {
  const { apiKey, from } = target()
  const ready = await fetch(`${url}/readyz`, { signal: AbortSignal.timeout(PATIENCE_MS) }).catch((error) =>
    reasonOf(error),
  )
  if (typeof ready === 'string')
    return [
      {
        result: 'warn',
        detail: REFUSED.test(ready)
          ? `No server answers at ${url}: start it, or say with LATCHKEY_URL where it is.`
          : `${url} cannot be reached: ${ready}`,
      },
    ]
  const found: Found[] = [
    ready.ok
      ? { result: 'ok', detail: `${url} is ready.` }
      : {
          result: 'fail',
          detail: `${url} answers and is not ready (${ready.status}): its database is away.`,
        },
  ]
  if (apiKey === null)
    return [
      ...found,
      {
        result: 'warn',
        detail: 'There is no key to call it with. Set LATCHKEY_API_KEY, or run: latchkey login',
      },
    ]
  try {
    const { key, refusal, detail } = await client().keys.getSelf()
    found.push(
      refusal === null || refusal.code === 'FORBIDDEN'
        ? { result: 'ok', detail: `The key ${key.mask} of ${from} is taken; its access is ${key.access}.` }
        : { result: 'fail', detail: `The key ${key.mask} of ${from} is refused: ${detail ?? refusal.code}` },
    )
  } catch (error) {
    const told =
      error instanceof LatchkeyApiError && error.status === 401 ? 'it is not known there' : reasonOf(error)
    found.push({ result: 'fail', detail: `The key of ${from} is not taken: ${told}.` })
  }
  return found
}
