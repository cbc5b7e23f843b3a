import type { Demands } from './demands.ts'
import { type Segment, segmentsOf } from './original-path.ts'

/** The headers in which a gateway writes the method and path of its client's request; or the request's own method and path. */
export const ORIGINALS = ['x-forwarded', 'x-original', 'path'] as const

/** The demands of requests by method and path, for gateways that cannot send demands. The first rule that matches counts. */
export interface RouteRules {
  /** The one place that is trusted. A client could write the others. */
  original: (typeof ORIGINALS)[number]
  /** What happens to a request that no rule matches: it is refused, or needs only a usable key. */
  unmatched: 'deny' | 'allow'
  rules: readonly RouteRule[]
}

/** One rule. */
export interface RouteRule {
  /** In upper case; null for every method. GET includes HEAD. */
  methods: ReadonlySet<string> | null
  pattern: PathPattern
  demands: Demands
}

/** The segments, where null matches any one, and whether any number of further segments may follow. */
export interface PathPattern {
  segments: readonly (Segment | null)[]
  open: boolean
}

/**
 * Reads a pattern such as `/files/*` (one segment) or `/files/**` (any number of segments, or none). Null for a pattern that no path
 * could match.
 */
export function parsePattern(text: string): PathPattern | null {
  const open = /\/\*\*\/?$/.test(text)
  const path = open ? text.replace(/\*\*\/?$/, '') : text
  const segments = segmentsOf(path)
  if (segments === null || path.includes('?')) return null
  const read = segments.map((segment) => (segment.exact === '*' ? null : segment))
  return read.some((segment) => segment?.exact.includes('*')) ? null : { segments: read, open }
}

/**
 * The demands of the rule for a request, or null when it is refused: when no rule matches and the rules refuse that, when its path is
 * invalid, and when its path would fall under another rule without regard to letter case, because services differ in that.
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

/** Whether an earlier rule takes every request of a later one, so that the later one never counts. */
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
