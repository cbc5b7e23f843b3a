import type { Context } from 'hono'
import { inputFault } from '../../../core/ground/faults.ts'
import type { Env } from '../../kernel/env.ts'
import { type Demands, readDemands, together } from './demands.ts'

// Ours alone at the address itself, which only a gateway writes. Below it the query is the one of the client's request.
const NAMES = ['permission', 'charge', 'cost', 'mode'] as const
const MODE = 'nginx'

/**
 * What a gateway's request demands: by its query, by its headers, together. Throws `input_invalid` for what cannot be read, and for
 * a name in the query of the address itself that means nothing, because a misspelt demand would otherwise be none.
 */
export function demandsOf(c: Context<Env>): Demands {
  const query = queryOf(c)
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
  ])
}

/** Whether the answer has to be one that nginx can pass on. */
export function isForNginx(c: Context<Env>): boolean {
  return [...queryOf(c).getAll('mode'), ...headerOf(c, 'mode')].includes(MODE)
}

function queryOf(c: Context<Env>): URLSearchParams {
  return new URL(c.req.url).searchParams
}

function headerOf(c: Context<Env>, name: (typeof NAMES)[number]): string[] {
  const value = c.req.raw.headers.get(`x-auth-${name}`)
  return value === null ? [] : [value]
}

function requireKnownNames(c: Context<Env>, query: URLSearchParams): void {
  if (c.req.param('path')) return
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
