import { Fault } from '../../../core/ground/faults.ts'
import { requestFault } from '../../kernel/places.ts'
import { absoluteUrl } from '../../kernel/request-target.ts'
import { type Demands, readDemands, together } from './demands.ts'
import { demandsByRules, type RouteRules } from './route-rules.ts'

// At the operation's own address the query belongs to the gateway. Below it, the query belongs to the client's request.
const NAMES = ['permission', 'charge', 'cost', 'mode'] as const
const MODE = 'nginx'

/** The parts of a gateway's request that contain demands. */
export type GatewayRequest = Pick<Request, 'method' | 'url' | 'headers'>

/** The route rules in force, if there are any. */
export type RulesInForce = () => RouteRules | null

/**
 * The demands of a gateway's request: those of its query, its headers and the rules together. Throws `permission_denied` for a request
 * that the rules refuse, and `input_invalid` for an unreadable demand and for an unknown name in the query of the operation's own
 * address, because a misspelt demand would otherwise be ignored.
 */
export function demandsOf(request: GatewayRequest, rules: RouteRules | null): Demands {
  const query = queryOf(request, rules)
  requireKnownNames(request, query)
  requireMode(query.getAll('mode'), 'query:mode')
  requireMode(headerOf(request, 'mode'), 'header:x-auth-mode')
  return together([
    readDemands(
      {
        permissions: query.getAll('permission'),
        charges: query.getAll('charge'),
        costs: query.getAll('cost'),
      },
      (name) => `query:${name}`,
    ),
    readDemands(
      {
        permissions: headerOf(request, 'permission'),
        charges: headerOf(request, 'charge'),
        costs: headerOf(request, 'cost'),
      },
      (name) => `header:x-auth-${name}`,
    ),
    ...(rules === null ? [] : ruled(request, rules)),
  ])
}

/** Whether the answer needs a form that nginx can pass on. */
export function isForNginx(request: GatewayRequest, rules: RouteRules | null): boolean {
  return [...queryOf(request, rules).getAll('mode'), ...headerOf(request, 'mode')].includes(MODE)
}

function ruled(request: GatewayRequest, rules: RouteRules): Demands[] {
  const demands = demandsByRules(rules, originalOf(request, rules.original))
  if (demands !== null) return demands === 'any_key' ? [] : [demands]
  throw new Fault('permission_denied', { message: 'No key may make this request here.' })
}

const METHOD = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/

/** The client's request, as the gateway describes it. */
function originalOf(
  request: GatewayRequest,
  original: RouteRules['original'],
): { method: string; target: string } {
  if (original === 'path') return { method: request.method, target: pathBelow(request) ?? '/' }
  const method = requiredHeader(request, `${original}-method`)
  const target = requiredHeader(request, `${original}-uri`)
  // Bun joins several headers of one name with a comma and a space; neither method nor path contains them.
  if (METHOD.test(method)) return { method, target }
  throw requestFault(`header:${original}-method`, 'Must be one method.')
}

function requiredHeader(request: GatewayRequest, name: string): string {
  const value = request.headers.get(name)
  if (value !== null) return value
  throw requestFault(`header:${name}`, 'Is missing: the rules say that the gateway tells the request by it.')
}

/** The path after that of the operation, from its slash on; null for the operation's own path. */
function pathBelow(request: GatewayRequest): string | null {
  const { pathname } = new URL(absoluteUrl(request.url))
  const [path = ''] = request.url.split('?', 1)
  // With enough dot segments the address leads out of the operation, and some services cut at #, so nobody knows how the service will read it.
  if (!pathname.startsWith(OWN_PATH) || path.includes('#')) return AMBIGUOUS
  const below = pathname.slice(OWN_PATH.length)
  return below === '' ? null : below
}

const OWN_PATH = '/v2/authorize'
// The rules refuse it, because it has no slash.
const AMBIGUOUS = '..'

/** When the rules go by the path, the query belongs to the client's request and is ignored. */
function queryOf(request: GatewayRequest, rules: RouteRules | null): URLSearchParams {
  const isClients = rules?.original === 'path' && pathBelow(request) !== null
  return isClients ? new URLSearchParams() : new URL(absoluteUrl(request.url)).searchParams
}

function headerOf(request: GatewayRequest, name: (typeof NAMES)[number]): string[] {
  const value = request.headers.get(`x-auth-${name}`)
  return value === null ? [] : [value]
}

function requireKnownNames(request: GatewayRequest, query: URLSearchParams): void {
  if (pathBelow(request) !== null) return
  for (const name of query.keys()) {
    if (NAMES.some((known) => known === name)) continue
    throw requestFault(
      `query:${name.slice(0, 64)}`,
      `There is no such parameter. Known are ${NAMES.join(', ')}.`,
    )
  }
}

function requireMode(values: readonly string[], place: string): void {
  if (values.some((value) => value !== MODE)) throw requestFault(place, `Must be ${MODE}, or absent.`)
}
