import type { Context } from 'hono'
import { Fault, inputFault } from '../../../core/ground/faults.ts'
import type { Env } from '../../kernel/env.ts'
import { type Demands, readDemands, together } from './demands.ts'
import { demandsByRules, type RouteRules } from './route-rules.ts'

// Ours alone at the address itself, which only a gateway writes. Below it the query is the one of the client's request.
const NAMES = ['permission', 'charge', 'cost', 'mode'] as const
const MODE = 'nginx'

/** The rules in force, if there are any. */
export type RulesInForce = () => RouteRules | null

/**
 * What a gateway's request demands: by its query, by its headers and by the rules, together. Throws `permission_denied` for what the
 * rules refuse, Throws `input_invalid` for what cannot be read, and for
 * a name in the query of the address itself that means nothing, because a misspelt demand would otherwise be none.
 */
export function demandsOf(c: Context<Env>, rules: RouteRules | null): Demands {
  const query = queryOf(c, rules)
  requireKnownNames(c, query)
  requireMode(query.getAll('mode'), 'query:mode')
  requireMode(headerOf(c, 'mode'), 'header:x-auth-mode')
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
        permissions: headerOf(c, 'permission'),
        charges: headerOf(c, 'charge'),
        costs: headerOf(c, 'cost'),
      },
      (name) => `header:x-auth-${name}`,
    ),
    ...(rules === null ? [] : ruled(c, rules)),
  ])
}

/** Whether the answer has to be one that nginx can pass on. */
export function isForNginx(c: Context<Env>, rules: RouteRules | null): boolean {
  return [...queryOf(c, rules).getAll('mode'), ...headerOf(c, 'mode')].includes(MODE)
}

function ruled(c: Context<Env>, rules: RouteRules): Demands[] {
  const demands = demandsByRules(rules, originalOf(c, rules.original))
  if (demands !== null) return demands === 'any_key' ? [] : [demands]
  throw new Fault('permission_denied', { message: 'No key may make this request here.' })
}

const METHOD = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/

/** The client's request as the gateway tells of it. */
function originalOf(c: Context<Env>, original: RouteRules['original']): { method: string; target: string } {
  if (original === 'path') return { method: c.req.method, target: pathBelow(c) ?? '/' }
  const method = requiredHeader(c, `${original}-method`)
  const target = requiredHeader(c, `${original}-uri`)
  // Several headers of one name arrive joined by a comma and a space, which neither can hold.
  if (METHOD.test(method)) return { method, target }
  throw inputFault(`header:${original}-method`, 'Must be one method.')
}

function requiredHeader(c: Context<Env>, name: string): string {
  const value = c.req.raw.headers.get(name)
  if (value !== null) return value
  throw inputFault(`header:${name}`, 'Is missing: the rules say that the gateway tells the request by it.')
}

/** The path behind that of the operation, from its slash on; null for the operation's own. */
function pathBelow(c: Context<Env>): string | null {
  const { pathname } = new URL(c.req.url)
  const below = pathname.slice(pathname.indexOf(OWN_PATH) + OWN_PATH.length)
  return below === '' ? null : below
}

const OWN_PATH = '/authorize'

/** Where the rules go by the path, the gateway has no query of its own: the client's is passed over. */
function queryOf(c: Context<Env>, rules: RouteRules | null): URLSearchParams {
  const isClients = rules?.original === 'path' && pathBelow(c) !== null
  return isClients ? new URLSearchParams() : new URL(c.req.url).searchParams
}

function headerOf(c: Context<Env>, name: (typeof NAMES)[number]): string[] {
  const value = c.req.raw.headers.get(`x-auth-${name}`)
  return value === null ? [] : [value]
}

function requireKnownNames(c: Context<Env>, query: URLSearchParams): void {
  if (pathBelow(c) !== null) return
  for (const name of query.keys()) {
    if (NAMES.some((known) => known === name)) continue
    throw inputFault(
      `query:${name.slice(0, 64)}`,
      `There is no such parameter. Known are ${NAMES.join(', ')}.`,
    )
  }
}

function requireMode(values: readonly string[], place: string): void {
  if (values.some((value) => value !== MODE)) throw inputFault(place, `Must be ${MODE}, or absent.`)
}
