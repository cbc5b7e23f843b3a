import { segment } from '../transport/segment.ts'
import type { Shape } from './shape.ts'

/** One call, before it is sent. */
export interface Call {
  /** The HTTP method. */
  method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  /** Below the base URL, with the places of names in braces. */
  path: string
  /** What stands in those places. */
  names?: Record<string, string> | undefined
  /** Undefined and null values are left out; lists repeat their name. */
  query?: Record<string, unknown> | undefined
  /** Sent as JSON; absent: none. */
  body?: unknown
  /** More headers. */
  headers?: Record<string, string> | undefined
  /** Whether doing it twice is the same as doing it once. Otherwise only what the server refused to begin is tried again. */
  repeatable: boolean
  /** What its answer must have; absent where it answers with nothing. */
  answers?: Shape | undefined
}

/** What was called, without the names in it: somebody may have taken a secret for one. */
export function operationOf({ method, path }: Pick<Call, 'method' | 'path'>): string {
  return `${method} ${path}`
}

/** Where a call goes below the base URL, escaped. Throws a TypeError for a name that no path can have. */
export function targetOf(call: Call): string {
  return pathOf(call) + queryOf(call.query)
}

/** The path with its names, escaped. */
function pathOf({ path, names = {} }: Call): string {
  return path.replace(/\{(\w+)\}/g, (_, name: string) => segment(names[name] ?? ''))
}

/** Lists repeat their name; undefined and null values are left out. */
function queryOf(query: Record<string, unknown> = {}): string {
  const search = new URLSearchParams()
  for (const [name, value] of Object.entries(query))
    for (const each of Array.isArray(value) ? value : [value])
      if (each !== undefined && each !== null)
        search.append(name, each instanceof Date ? each.toISOString() : String(each))
  const text = search.toString()
  return text === '' ? '' : `?${text}`
}
