import { holdsNul } from '../kernel/request-target.ts'
import {
  demandsOf,
  type GatewayRequest,
  isForNginx,
  type RulesInForce,
} from '../native/verify/gateway-request.ts'
import { type Asked, askedFor } from '../native/verify/gateway-verdict.ts'
import { createRecent } from './recent.ts'

/** The demands of a gateway's request. */
export interface GatewayDemand {
  asked: Asked
  /** Whether the answer needs a form that nginx can pass on. */
  asNginx: boolean
}

/** Reads the demands of gateways. A gateway writes the same ones with every request, so most of them are in memory. */
export interface GatewayDemands {
  /** The demands that were read before from equal words at a plain address; undefined when they have to be read. */
  recall(request: GatewayRequest): GatewayDemand | undefined
  /** Reads the demands, and keeps them if the next request may have the same words. Throws as {@link demandsOf} does. */
  read(request: GatewayRequest): GatewayDemand
}

/** How many different words are kept. A client that writes ever new ones makes the others be read again, and nothing worse. */
const KEPT = { count: 1_000, chars: 512, charsOf: (words: string) => words.length }

const OWN_PATH = '/v2/authorize'
const OWN_QUERY = `${OWN_PATH}?`

/** Builds the reader. With route rules each address may have other demands, so then nothing is kept. */
export function createGatewayDemands(rules: RulesInForce): GatewayDemands {
  const kept = createRecent<string, GatewayDemand>(KEPT)
  // Most requests differ in nothing but their address, so the address is compared first, as it arrived.
  const byAddress = createRecent<string, GatewayDemand>(KEPT)
  return {
    recall(request) {
      if (rules() !== null) return undefined
      const { url, headers } = request
      const known = byAddress.get(url)
      if (known !== undefined && !demandsByHeader(headers)) return known
      const words = holdsNul(url) ? null : wordsOf(request)
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

/** Whether a gateway writes demands into one of its headers. */
function demandsByHeader(headers: Headers): boolean {
  return (
    headers.has('x-auth-permission') ||
    headers.has('x-auth-charge') ||
    headers.has('x-auth-cost') ||
    headers.has('x-auth-mode')
  )
}

/** Everything that the demands depend on, as one text; null when that differs from request to request. */
function wordsOf({ url, headers }: GatewayRequest): string | null {
  const query = url.indexOf('?')
  const target = query < 0 ? '' : url.slice(url.indexOf('/', 'https://'.length))
  // Below the address itself the query belongs to the client's request.
  if (target !== '' && !target.startsWith(OWN_QUERY)) return null
  const permission = headers.get('x-auth-permission')
  const charge = headers.get('x-auth-charge')
  const cost = headers.get('x-auth-cost')
  const mode = headers.get('x-auth-mode')
  if (permission === null && charge === null && cost === null && mode === null) return target
  return JSON.stringify([target, permission, charge, cost, mode])
}
