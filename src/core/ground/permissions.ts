import { LRUCache } from 'lru-cache'
import { MAX } from './bounds.ts'
import { inputFault } from './faults.ts'

/** A parsed expression about a key's permissions. */
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

/** The permissions that a list of patterns grants. A `*` stands for exactly one segment, and as the last segment for one or more: `documents.*`
 * gives `documents.read` and `documents.a.b`, not `documents`.
 */
export interface HeldPermissions {
  /** True for a name that one of the patterns grants, and for a pattern all of whose names one of them grants. */
  cover(pattern: string): boolean
}

/** The permissions that these patterns grant. Nothing is compiled: a pattern is compared with a permission in one pass from left to right, which
 * is fast enough and takes no memory. Compiled, the patterns of one key could take a hundred kilobytes.
 */
export function heldPermissions(patterns: readonly string[]): HeldPermissions {
  return {
    cover(pattern) {
      if (patterns.includes(pattern)) return true
      const asked = pattern.endsWith('*') ? pattern.slice(0, -1) + ANY_REST : pattern
      return patterns.some((held) => gives(held, asked))
    },
  }
}

// No permission contains this text. It stands for the last segment of a covered pattern, which only a last `*` covers.
const ANY_REST = '!'
const STAR = 42
const DOT = 46

/** Whether a pattern with a star grants a name, or all names of another pattern. */
function gives(held: string, asked: string): boolean {
  const star = held.indexOf('*')
  // The parts before the first star and after the last are compared as a whole, which is many times as fast.
  if (star < 0 || !asked.startsWith(held.slice(0, star))) return false
  if (!asked.endsWith(held.slice(held.lastIndexOf('*') + 1))) return false
  let at = star
  for (let place = star; place < held.length; place += 1) {
    const char = held.charCodeAt(place)
    if (char !== STAR) {
      if (char !== asked.charCodeAt(at)) return false
      at += 1
      continue
    }
    // The last segment stands for the whole rest, which is not empty: no name ends with a dot.
    if (place === held.length - 1) return at < asked.length
    if (asked[at] === ANY_REST) return false
    const begun = at
    while (at < asked.length && asked.charCodeAt(at) !== DOT) at += 1
    if (at === begun) return false
  }
  return at === asked.length
}

/** True when these permissions meet the expression. */
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
 * Parses an expression such as `a.read and (b.write or not c)`. `not` binds tightest, then `and`, then `or`; the words are recognised
 * in any letter case. Throws `input_invalid` at `permissions` for any other text.
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
  return inputFault(['permissions'], `The permission expression ${what}.`)
}
