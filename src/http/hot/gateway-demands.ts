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
  /** What was read before of the same words; undefined when it has to be read. */
  recall(request: GatewayRequest): GatewayDemand | undefined
  /** Reads it, and keeps it if the next request may say the same. Throws what {@link demandsOf} throws. */
  read(request: GatewayRequest): GatewayDemand
}

/** Different words that are kept. A client that can write some of them makes the others be read anew, and no more. */
const KEPT = { count: 1_000, chars: 512, charsOf: (words: string) => words.length }

const OWN_QUERY = '/v2/authorize?'

/** Builds the reader. By rules each address may demand something else, so nothing is kept then. */
export function createGatewayDemands(rules: RulesInForce): GatewayDemands {
  const kept = createRecent<string, GatewayDemand>(KEPT)
  return {
    recall(request) {
      const words = rules() === null ? wordsOf(request) : null
      return words === null ? undefined : kept.get(words)
    },
    read(request) {
      const inForce = rules()
      const demand = { asked: askedFor(demandsOf(request, inForce)), asNginx: isForNginx(request, inForce) }
      const words = inForce === null ? wordsOf(request) : null
      return words === null ? demand : kept.set(words, demand)
    },
  }
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
