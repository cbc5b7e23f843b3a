import { segment } from '../transport/segment.ts'
import { isGiven, type Shape } from './shape.ts'

/** One call, before it is sent. */
export interface Call {
  /** The HTTP method. */
  method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  /** The path below the base URL, with placeholders in braces. */
  path: string
  /** The values of the placeholders. */
  names?: Record<string, string> | undefined
  /** The query parameters. Undefined and null values are left out; lists repeat their name. */
  query?: Record<string, unknown> | undefined
  /** Sent as JSON; absent: none. */
  body?: unknown
  /** More headers. */
  headers?: Record<string, string> | undefined
  /**
   * True where the call has another effect when it is sent twice: it is retried only if the server refused to begin it. A call that makes or
   * takes something carries a name of its own, by which the server knows it again, and needs no such mark.
   */
  once?: boolean | undefined
  /** The shape of its response; absent when the response is empty. */
  answers?: Shape | undefined
}

/** The called operation, without the values in its path, because one may be a secret by mistake. */
export function operationOf({ method, path }: Pick<Call, 'method' | 'path'>): string {
  return `${method} ${path}`
}

/** The path of a call below the base URL, escaped. Throws a TypeError for a value that no path can contain. */
export function targetOf(call: Call): string {
  return pathOf(call) + queryOf(call.query)
}

/** The places of one record, which is named by its id or another name, below the path of its list. */
export function placesAt(
  path: string,
): (ref: string, rest?: string) => Required<Pick<Call, 'path' | 'names'>> {
  return (ref, rest = '') => ({ path: `${path}/{ref}${rest}`, names: { ref } })
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
      if (isGiven(each)) search.append(name, each instanceof Date ? each.toISOString() : String(each))
  const text = search.toString()
  return text === '' ? '' : `?${text}`
}
