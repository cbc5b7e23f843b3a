import { LRUCache } from 'lru-cache'
import { MAX } from './bounds.ts'
import { inputFault } from './faults.ts'

/** A parsed demand on a key's permissions. */
export type PermissionExpression =
  | { kind: 'name'; name: string }
  | { kind: 'not'; of: PermissionExpression }
  | { kind: 'and' | 'or'; left: PermissionExpression; right: PermissionExpression }

const SEGMENT = '[A-Za-z0-9_:-]+'
const NAME = new RegExp(`^${SEGMENT}(?:\\.${SEGMENT})*$`)
const PATTERN = new RegExp(`^(?:${SEGMENT}|\\*)(?:\\.(?:${SEGMENT}|\\*))*$`)
const OPERATORS = new Set(['and', 'or', 'not'])
const TOKEN = /\s*([()]|[^\s()]+)/gy

/**
 * True for a text that may stand on a key: segments of letters, digits, `_`, `:` and `-` joined by dots, where a whole
 * segment may be `*`. The words of the expression language are not names.
 */
export function isPermissionPattern(text: string): boolean {
  return text.length <= MAX.permissionChars && PATTERN.test(text) && !OPERATORS.has(text.toLowerCase())
}

/**
 * What a list of patterns gives. A `*` stands for exactly one segment, and as the last segment for one or more: `documents.*`
 * gives `documents.read` and `documents.a.b`, not `documents`.
 */
export interface HeldPermissions {
  /** True for a name that one of the patterns gives, and for a pattern all of whose names one of them gives. */
  cover(pattern: string): boolean
}

const compiled = new WeakMap<readonly string[], HeldPermissions>()

/** What these patterns give. They are compiled once for as long as the list lives, so it must not be changed. */
export function heldPermissions(patterns: readonly string[]): HeldPermissions {
  const known = compiled.get(patterns) ?? compile(patterns)
  compiled.set(patterns, known)
  return known
}

// No permission holds one. It stands for the last segment of a covered pattern, which only a last `*` covers.
const ANY_REST = '!'

function compile(patterns: readonly string[]): HeldPermissions {
  const sources = patterns.filter((pattern) => pattern.includes('*')).map(sourceOf)
  const wild = sources.length === 0 ? null : new RegExp(`^(?:${sources.join('|')})$`)
  return {
    cover: (pattern) => patterns.includes(pattern) || wild?.test(pattern.replace(/\*$/, ANY_REST)) === true,
  }
}

/** A pattern as a regular expression that reads every text from left to right once. */
function sourceOf(pattern: string): string {
  const segments = pattern.split('.')
  const last = segments.length - 1
  return segments
    .map((segment, index) => (segment !== '*' ? segment : index === last ? '.+' : `[^.${ANY_REST}]+`))
    .join('\\.')
}

/** True when whoever holds these permissions meets the demand. */
export function meetsExpression(held: HeldPermissions, demand: PermissionExpression): boolean {
  switch (demand.kind) {
    case 'name':
      return held.cover(demand.name)
    case 'not':
      return !meetsExpression(held, demand.of)
    case 'and':
      return meetsExpression(held, demand.left) && meetsExpression(held, demand.right)
    case 'or':
      return meetsExpression(held, demand.left) || meetsExpression(held, demand.right)
  }
}

const parsed = new LRUCache<string, PermissionExpression>({ max: MAX.expressionsInMemory })

/**
 * Reads a demand such as `a.read and (b.write or not c)`. `not` binds tightest, then `and`, then `or`; the words are
 * recognised in any letter case. Throws `input_invalid` at `/permissions` for anything else.
 */
export function parseExpression(text: string): PermissionExpression {
  const known = parsed.get(text)
  if (known !== undefined) return known
  if (text.length > MAX.expressionChars) throw malformed(`is longer than ${MAX.expressionChars} characters`)
  const expression = readExpression(tokens(text))
  parsed.set(text, expression)
  return expression
}

function tokens(text: string): string[] {
  const found = [...text.matchAll(TOKEN)].map((match) => match[1] ?? '')
  if (found.length > MAX.expressionTerms)
    throw malformed(`has more than ${MAX.expressionTerms} names and operators`)
  return found
}

/** Recursive descent over the tokens: or, and, not, then a name or parentheses. */
function readExpression(words: string[]): PermissionExpression {
  let next = 0
  const take = (word: string): boolean => {
    if (words[next]?.toLowerCase() !== word) return false
    next += 1
    return true
  }
  const chain = (kind: 'and' | 'or', operand: () => PermissionExpression): PermissionExpression => {
    let left = operand()
    while (take(kind)) left = { kind, left, right: operand() }
    return left
  }
  const either = () => chain('or', both)
  const both = () => chain('and', negation)
  const negation = (): PermissionExpression => (take('not') ? { kind: 'not', of: negation() } : atom())
  const atom = (): PermissionExpression => {
    if (take('(')) {
      const inner = either()
      if (!take(')')) throw malformed('lacks a ")"')
      return inner
    }
    const name = words[next]
    next += 1
    return { kind: 'name', name: requireName(name) }
  }
  const expression = either()
  if (next < words.length) throw malformed(`has an unexpected "${words[next]}"`)
  return expression
}

function requireName(word: string | undefined): string {
  if (word === undefined) throw malformed('ends where a permission was expected')
  if (!NAME.test(word) || OPERATORS.has(word.toLowerCase())) {
    throw malformed(`has "${word}" where a permission was expected`)
  }
  if (word.length > MAX.permissionChars) {
    throw malformed(`names a permission longer than ${MAX.permissionChars} characters`)
  }
  return word
}

function malformed(what: string) {
  return inputFault('/permissions', `The permission expression ${what}.`)
}
