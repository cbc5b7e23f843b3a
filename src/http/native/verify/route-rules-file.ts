import { z } from '@hono/zod-openapi'
import { MAX } from '../../../core/ground/bounds.ts'
import { parseExpression } from '../../../core/ground/permissions.ts'
import { beyondCap } from '../../../core/money/amount-cap.ts'
import type { NanoUsd } from '../../../core/money/money.ts'
import { inputErrorsOf, text, usd } from '../../kernel/input.ts'
import { inputMessage } from '../../kernel/input-messages.ts'
import { ORIGINALS, parsePattern, type RouteRule, type RouteRules, shadows } from './route-rules.ts'

const RULES_MAX = 500

const method = z
  .string()
  .regex(/^[A-Z0-9!#$%&'*+.^_`|~-]{1,32}$/, 'Must be a method in upper case, such as GET.')

const path = z
  .string()
  .max(1_024)
  .transform((value, context) => {
    const pattern = parsePattern(value)
    if (pattern !== null) return pattern
    context.addIssue({
      code: 'custom',
      message:
        'Must be a path such as /files/*/name or /files/**: * is one whole segment, ** at the end any number; without query, empty or dot segments, backslashes, ";" and encoded slashes, since requests with those are refused.',
    })
    return z.NEVER
  })

const permission = z
  .string()
  .max(MAX.expressionChars)
  .transform((value, context) => {
    try {
      return parseExpression(value)
    } catch (error) {
      context.addIssue({
        code: 'custom',
        message: error instanceof Error ? error.message : 'Is no expression.',
      })
      return z.NEVER
    }
  })

const cost = z
  .record(text(1, MAX.rateLimitNameChars), z.int().min(0).max(MAX.rateLimitUnits))
  .refine(
    (costs) => Object.keys(costs).length <= MAX.rateLimitsPerKey,
    `At most ${MAX.rateLimitsPerKey} rate limits.`,
  )

const Rule = z
  .strictObject({
    methods: z.array(method).min(1).max(32).optional(),
    path,
    permission: permission.optional(),
    charge: usd.optional(),
    cost: cost.optional(),
  })
  .transform(
    (rule): RouteRule => ({
      methods: rule.methods === undefined ? null : new Set(rule.methods),
      pattern: rule.path,
      demands: {
        permissions: rule.permission === undefined ? [] : [rule.permission],
        charge: rule.charge ?? null,
        costs: new Map(Object.entries(rule.cost ?? {})),
      },
    }),
  )

const File = z.strictObject({
  original: z.enum(ORIGINALS),
  unmatched: z.enum(['deny', 'allow']),
  rules: z.array(Rule).min(1).max(RULES_MAX),
})

/** The rules of a file, or all of its errors: one line each, with the place. */
export type ReadRules = { ok: true; rules: RouteRules } | { ok: false; problems: string[] }

/**
 * Reads the text of a file of route rules (docs/api.md, "Rules by method and path"). A charge above `amountMax` is an error, because each
 * of its requests would be refused.
 */
export function readRules(content: string, amountMax: NanoUsd): ReadRules {
  let value: unknown
  try {
    value = JSON.parse(content)
  } catch (error) {
    return { ok: false, problems: [`is not JSON: ${error instanceof Error ? error.message : String(error)}`] }
  }
  const read = File.safeParse(value, { error: inputMessage })
  if (!read.success) {
    const errors = inputErrorsOf(read.error.issues, 'json')
    return { ok: false, problems: errors.map(({ pointer, message }) => `${pointer || '/'}: ${message}`) }
  }
  const problems = [...unreachable(read.data.rules), ...beyondCaps(read.data.rules, amountMax)]
  return problems.length > 0 ? { ok: false, problems } : { ok: true, rules: read.data }
}

function unreachable(rules: readonly RouteRule[]): string[] {
  return rules.flatMap((rule, index) => {
    const earlier = rules.slice(0, index).findIndex((each) => shadows(each, rule))
    if (earlier < 0) return []
    return [
      `/rules/${index}: Is never reached: /rules/${earlier} takes all of its requests. Put it before that one.`,
    ]
  })
}

function beyondCaps(rules: readonly RouteRule[], amountMax: NanoUsd): string[] {
  return rules.flatMap(({ demands: { charge } }, index) => {
    const wrong = charge === null ? null : beyondCap(charge, amountMax)
    return wrong === null ? [] : [`/rules/${index}/charge: ${wrong}`]
  })
}
