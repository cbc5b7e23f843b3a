import { holdsNul, isAbsolute } from '../kernel/request-target.ts'
import {
  demandsOf,
  type GatewayRequest,
  isForNginx,
  type RulesInForce,
} from '../native/verify/gateway-request.ts'
import { type Asked, askedFor } from '../native/verify/gateway-verdict.ts'
import { createRecent } from './recent.ts'

/** What a gateway's request asks for, read. */
export interface GatewayDemand {
  asked: Asked
  /** Whether the answer has to be one that nginx can pass on. */
  asNginx: boolean
}

/** Reads what gateways demand. A gateway writes the same with every request, so it is mostly read already. */
export interface GatewayDemands {
  /** What was read before of the same words at a plain address; undefined when it has to be read. */
  recall(request: GatewayRequest): GatewayDemand | undefined
  /** Reads it, and keeps it if the next request may say the same. Throws what {@link demandsOf} throws. */
  read(request: GatewayRequest): GatewayDemand
}

/** Different words that are kept. A client that can write some of them makes the others be read anew, and no more. */
const KEPT = { count: 1_000, chars: 512, charsOf: (words: string) => words.length }

const OWN_PATH = '/v2/authorize'
const OWN_QUERY = `${OWN_PATH}?`

/** Builds the reader. By rules each address may demand something else, so nothing is kept then. */
export function createGatewayDemands(rules: RulesInForce): GatewayDemands {
  const kept = createRecent<string, GatewayDemand>(KEPT)
  // Mostly all is said by the address, which is compared as it came.
  const byAddress = createRecent<string, GatewayDemand>(KEPT)
  return {
    recall(request) {
      if (rules() !== null) return undefined
      const { url, headers } = request
      const known = byAddress.get(url)
      if (known !== undefined && !demandsByHeader(headers)) return known
      const words = isPlain(url) ? wordsOf(request) : null
      return words === null ? undefined : kept.get(words)
    },
    read(request) {
      const inForce = rules()
      const demand = { asked: askedFor(demandsOf(request, inForce)), asNginx: isForNginx(request, inForce) }
      const words = inForce === null ? wordsOf(request) : null
      if (words === null) return demand
      if (words.startsWith(OWN_QUERY) || (words === '' && request.url.endsWith(OWN_PATH)))
        byAddress.set(request.url, demand)
      return kept.set(words, demand)
    },
  }
}

/** Whether it is an address as gateways write it. What the plain path says of others, which no store could look for, is not in their form. */
export function isPlain(url: string): boolean {
  return isAbsolute(url) && !holdsNul(url)
}

/** Whether a gateway demands something in one of its headers. */
function demandsByHeader(headers: Headers): boolean {
  return (
    headers.has('x-auth-permission') ||
    headers.has('x-auth-charge') ||
    headers.has('x-auth-cost') ||
    headers.has('x-auth-mode')
  )
}

/** All that the demands depend on, in one text; null where that is different each time. */
function wordsOf({ url, headers }: GatewayRequest): string | null {
  const query = url.indexOf('?')
  const target = query < 0 ? '' : url.slice(url.indexOf('/', 'https://'.length))
  // Below the address itself the query is that of the client's request.
  if (target !== '' && !target.startsWith(OWN_QUERY)) return null
  const permission = headers.get('x-auth-permission')
  const charge = headers.get('x-auth-charge')
  const cost = headers.get('x-auth-cost')
  const mode = headers.get('x-auth-mode')
  if (permission === null && charge === null && cost === null && mode === null) return target
  return JSON.stringify([target, permission, charge, cost, mode])
}
