import { z } from '@hono/zod-openapi'
import { MAX } from '../../../core/ground/bounds.ts'
import { type Meta, WrittenMeta } from '../../../core/ledger/meta.ts'
import { ACTIVITY_NAMES, isTokenCount, parseTokens, TOKEN_COUNTS } from '../../../core/metering/activity.ts'
import { text } from '../../kernel/input.ts'
import { inputMessage } from '../../kernel/input-messages.ts'
import { NamedEntries } from '../../kernel/named-entries.ts'

const TOKENS = `Must be a whole number from 0 to ${MAX.usageTokens}.`

const tokens = z
  .union([z.int().min(0).max(MAX.usageTokens), z.string().max(20)], { error: TOKENS })
  .transform((given, context): string => {
    const count = parseTokens(String(given))
    if (count !== null) return String(count)
    context.addIssue({ code: 'custom', message: TOKENS })
    return z.NEVER
  })

// What the API reference says of an entry.
const VALUE = { type: 'string' as const, minLength: 0, maxLength: MAX.usageMetaValueChars }
const COUNT = {
  anyOf: [
    { type: 'integer' as const, minimum: 0, maximum: MAX.usageTokens },
    { type: 'string' as const, maxLength: 20, pattern: '^\\d{1,10}$' },
  ],
  description: 'Added up by activity; no report groups by it.',
  example: 1200,
}

const value = text(0, MAX.usageMetaValueChars)

/** The metadata of a usage event: texts by which reports can group it, and counts of tokens. It may be parsed as {@link NamedEntries}. */
export const usageMeta = z
  .unknown()
  .transform((given, context): Meta => {
    const entries = entriesOf(given)
    if (entries === null) {
      context.addIssue({ code: 'invalid_type', expected: 'object', input: given })
      return z.NEVER
    }
    const problems: Problem[] = []
    const meta = new Map<string, string>()
    for (const [name, content] of entries) {
      const read = readEntry(name, content)
      if (typeof read === 'string') meta.set(name, read)
      else problems.push(...read)
    }
    if (problems.length === 0) problems.push(...wrongNames(meta))
    for (const problem of problems) context.addIssue({ code: 'custom', ...problem })
    return problems.length === 0 ? WrittenMeta.of(meta) : z.NEVER
  })
  .nullish()
  .openapi({
    type: ['object', 'null'],
    properties: {
      ...Object.fromEntries(ACTIVITY_NAMES.map((name) => [name, { ...VALUE }])),
      ...Object.fromEntries(TOKEN_COUNTS.map((name) => [name, { ...COUNT }])),
    },
    additionalProperties: { ...VALUE },
    description: `Metadata of the event, at most ${MAX.usageMetaEntries} entries: texts by which reports can group it, and counts of tokens.`,
  })

/** An error in metadata; without a path it is about all of it. */
interface Problem {
  path?: PropertyKey[]
  message: string
}

function entriesOf(given: unknown): Iterable<[string, unknown]> | null {
  if (given instanceof NamedEntries) return given.entries
  return typeof given === 'object' && given !== null && !Array.isArray(given) ? Object.entries(given) : null
}

/** The text of an entry, with a count in its only form; otherwise what is wrong with it. */
function readEntry(name: string, given: unknown): string | Problem[] {
  const isCount = isTokenCount(name)
  if (!isCount && typeof given === 'string' && given.length <= MAX.usageMetaValueChars) return given
  const { data, error } = (isCount ? tokens : value).safeParse(given, { error: inputMessage })
  if (data !== undefined) return data
  return (error?.issues ?? []).map(({ path, message }) => ({ path: [name, ...path], message }))
}

function wrongNames(meta: ReadonlyMap<string, string>): Problem[] {
  const problems: Problem[] = [...meta.keys()]
    .filter((name) => !isMetaName(name))
    .map((name) => ({ path: [name], message: NAME }))
  if (meta.size > MAX.usageMetaEntries)
    problems.push({ message: `Has at most ${MAX.usageMetaEntries} entries.` })
  return problems
}

const NAME = `The name must have 1 to ${MAX.usageMetaNameChars} characters.`

function isMetaName(name: string): boolean {
  return name.length >= 1 && name.length <= MAX.usageMetaNameChars
}

/** The tags of a verify as the meta of its charge: `name=value`, or a name alone. */
export const usageTags = z
  .array(text(1, MAX.tagChars))
  .max(MAX.tagsPerRequest)
  .transform((tags, context): Meta => {
    const { meta, problems } = metaOfTags(tags)
    for (const { index, message } of problems) context.addIssue({ code: 'custom', path: [index], message })
    return meta
  })

/** The same, with the errors by the place of the tag. */
export function metaOfTags(tags: readonly string[]): {
  meta: Meta
  problems: { index: number; message: string }[]
} {
  const meta = new Map<string, string>()
  const problems: { index: number; message: string }[] = []
  for (const [index, tag] of tags.entries()) {
    const [name = '', ...rest] = tag.split('=')
    const value = rest.join('=')
    const message = problemOf(name, value) ?? (meta.has(name) ? `There are two tags "${name}".` : null)
    if (message !== null) problems.push({ index, message })
    meta.set(name, isTokenCount(name) ? String(parseTokens(value)) : value)
  }
  return { meta: WrittenMeta.of(meta), problems }
}

function problemOf(name: string, value: string): string | null {
  if (!isMetaName(name)) return NAME
  return isTokenCount(name) && parseTokens(value) === null ? `${name}: ${TOKENS}` : null
}
