import type { z } from '@hono/zod-openapi'

/**
 * The messages for input that a schema refuses, where the schema has no message of its own. They say what the value must be, for
 * readers who have never seen the schema. They never repeat the value, which may be a secret.
 */
export function inputMessage(issue: z.core.$ZodRawIssue): string | undefined {
  switch (issue.code) {
    case 'invalid_type':
      return typeMessage(issue)
    case 'too_small':
      return sizeMessage(issue, 'at least', issue.minimum)
    case 'too_big':
      return sizeMessage(issue, 'at most', issue.maximum)
    case 'invalid_value':
      return `Must be ${oneOf(issue.values.map((value) => JSON.stringify(value)))}.`
    case 'invalid_format':
      return FORMATS[issue.format] ?? 'Must have the form that the API reference describes.'
    case 'not_multiple_of':
      return `Must be a multiple of ${issue.divisor}.`
    case 'invalid_union':
      return unionMessage(issue)
    case 'invalid_key':
    case 'invalid_element':
      return 'Has a member that is not allowed here.'
    default:
      // Unknown members get their message from `inputErrorsOf`, which knows their place.
      return undefined
  }
}

const KINDS: Record<string, string> = {
  string: 'a string',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  object: 'an object',
  record: 'an object',
  null: 'null',
}

const FORMATS: Record<string, string> = {
  email: 'Must be an e-mail address.',
  uuid: 'Must be a UUID.',
  url: 'Must be a URL.',
  datetime: 'Must be an RFC 3339 time in UTC, such as 2030-01-02T03:04:05.678Z.',
}

function typeMessage({ input, expected }: { input?: unknown; expected: string }): string {
  if (input === undefined) return 'Is required.'
  const wanted = `Must be ${KINDS[expected] ?? expected}`
  // For a number with a fraction, "not a number" would be wrong.
  return typeof input === 'number' ? `${wanted}.` : `${wanted}, not ${kindOf(input)}.`
}

function kindOf(input: unknown): string {
  if (input === null) return 'null'
  return KINDS[Array.isArray(input) ? 'array' : typeof input] ?? typeof input
}

const UNITS: Record<string, [one: string, many: string]> = {
  string: ['character', 'characters'],
  array: ['item', 'items'],
  object: ['member', 'members'],
  record: ['member', 'members'],
}

function sizeMessage(
  { origin, inclusive }: { origin: string; inclusive?: boolean },
  word: 'at least' | 'at most',
  bound: number | bigint,
): string {
  const units = UNITS[origin]
  if (units !== undefined) return `Must have ${word} ${bound} ${units[bound === 1 ? 0 : 1]}.`
  if (inclusive !== false) return `Must be ${word} ${bound}.`
  return `Must be ${word === 'at least' ? 'more' : 'less'} than ${bound}.`
}

/**
 * When the value has a kind that no option of the union accepts, the message lists all kinds; else it is the message of the option
 * whose kind fits.
 */
function unionMessage({ input, errors }: { input?: unknown; errors?: z.core.$ZodIssue[][] }): string {
  if (input === undefined) return 'Is required.'
  const tries = errors ?? []
  const near = tries.find(([first]) => first !== undefined && first.code !== 'invalid_type')?.[0]
  if (near !== undefined) return near.message
  const kinds = tries.flatMap(([first]) => (first?.code === 'invalid_type' ? [first.expected as string] : []))
  return `Must be ${oneOf([...new Set(kinds)].map((kind) => KINDS[kind] ?? kind))}.`
}

function oneOf(words: string[]): string {
  const last = words.at(-1) ?? 'of another kind'
  return words.length < 2 ? last : `${words.slice(0, -1).join(', ')} or ${last}`
}
