import type { Demands } from './demands.ts'
import { type Segment, segmentsOf } from './original-path.ts'

/** Where a gateway writes the method and path of its client's request: a pair of headers, or the request's own method and path. */
export const ORIGINALS = ['x-forwarded', 'x-original', 'path'] as const

/** What requests demand, by method and path, for gateways that cannot say it. The first rule that matches counts. */
export interface RouteRules {
  /** The one place that is believed. A client could write the others. */
  original: (typeof ORIGINALS)[number]
  /** What becomes of a request that no rule matches: refused, or any key that may be used will do. */
  unmatched: 'deny' | 'allow'
  rules: readonly RouteRule[]
}

/** One rule. */
export interface RouteRule {
  /** In upper case; null for every method. GET stands for HEAD as well. */
  methods: ReadonlySet<string> | null
  pattern: PathPattern
  demands: Demands
}

/** Segments, where null stands for any one, and whether any number of further ones may follow. */
export interface PathPattern {
  segments: readonly (Segment | null)[]
  open: boolean
}

/** Reads a pattern such as `/files/*` (one segment) or `/files/**` (any number, also none). Null for what no path could match. */
export function parsePattern(text: string): PathPattern | null {
  const open = /\/\*\*\/?$/.test(text)
  const path = open ? text.replace(/\*\*\/?$/, '') : text
  const segments = segmentsOf(path)
  if (segments === null || path.includes('?')) return null
  const read = segments.map((segment) => (segment.exact === '*' ? null : segment))
  return read.some((segment) => segment?.exact.includes('*')) ? null : { segments: read, open }
}

/**
 * The rule for a request: its demands, or null when it is refused. Refused are what no rule matches if the rules say so, and a path
 * that is not one, or that falls under another rule when letter cases are not told apart: services differ in that.
 */
export function demandsByRules(
  { rules, unmatched }: RouteRules,
  request: { method: string; target: string },
): Demands | 'any_key' | null {
  const segments = segmentsOf(request.target)
  if (segments === null) return null
  const method = request.method.toUpperCase()
  const found = rules.find((rule) => takes(rule, method) && matches(rule.pattern, segments, 'exact'))
  const folded = rules.find((rule) => takes(rule, method) && matches(rule.pattern, segments, 'folded'))
  if (found !== folded) return null
  return found?.demands ?? (unmatched === 'allow' ? 'any_key' : null)
}

/** Whether every request of a later rule goes to an earlier one, so that it is never reached. */
export function shadows(earlier: RouteRule, later: RouteRule): boolean {
  const { methods } = earlier
  const takesAll =
    methods === null ||
    (later.methods !== null && [...later.methods].every((method) => takes(earlier, method)))
  return takesAll && covers(earlier.pattern, later.pattern)
}

function takes({ methods }: RouteRule, method: string): boolean {
  return methods === null || methods.has(method) || (method === 'HEAD' && methods.has('GET'))
}

function matches({ segments, open }: PathPattern, path: readonly Segment[], form: keyof Segment): boolean {
  if (open ? path.length < segments.length : path.length !== segments.length) return false
  return segments.every((segment, index) => segment === null || segment[form] === path[index]?.[form])
}

function covers(wide: PathPattern, narrow: PathPattern): boolean {
  if (!wide.open && (narrow.open || narrow.segments.length !== wide.segments.length)) return false
  if (narrow.segments.length < wide.segments.length) return false
  return wide.segments.every((segment, index) => {
    const other = narrow.segments[index]
    return segment === null || (other !== null && segment.exact === other?.exact)
  })
}
