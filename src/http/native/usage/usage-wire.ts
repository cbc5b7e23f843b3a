import { z } from '@hono/zod-openapi'
import { MAX } from '../../../core/ground/bounds.ts'
import { ACTIVITY_NAMES, isTokenCount, parseTokens, TOKEN_COUNTS } from '../../../core/metering/activity.ts'
import { text } from '../../kernel/input.ts'

const TOKENS = `Must be a whole number from 0 to ${MAX.usageTokens}.`

const tokens = z
  .union([z.int().min(0).max(MAX.usageTokens), z.string().max(20).openapi({ pattern: '^\\d{1,10}$' })], {
    error: TOKENS,
  })
  .transform((value, context): string => {
    const count = parseTokens(String(value))
    if (count !== null) return String(count)
    context.addIssue({ code: 'custom', message: TOKENS })
    return z.NEVER
  })
  .optional()
  .openapi({ description: 'Added up by activity; no report groups by it.', example: 1200 })

const known = Object.fromEntries([
  ...ACTIVITY_NAMES.map((name) => [name, text(0, MAX.usageMetaValueChars).optional()]),
  ...TOKEN_COUNTS.map((name) => [name, tokens]),
]) as Record<(typeof ACTIVITY_NAMES)[number], z.ZodOptional<z.ZodString>> &
  Record<(typeof TOKEN_COUNTS)[number], typeof tokens>

/** The metadata of a usage event: texts by which reports can group it, and counts of tokens. */
export const usageMeta = z
  .object(known)
  .catchall(text(0, MAX.usageMetaValueChars))
  .superRefine((entries, context) => {
    const names = Object.keys(entries)
    for (const name of names) {
      if (isMetaName(name)) continue
      context.addIssue({ code: 'custom', path: [name], message: NAME })
    }
    if (names.length > MAX.usageMetaEntries)
      context.addIssue({ code: 'custom', message: `Has at most ${MAX.usageMetaEntries} entries.` })
  })
  .transform((entries) => entries as Record<string, string>)
  .openapi({
    description: `Metadata of the event, at most ${MAX.usageMetaEntries} entries: texts by which reports can group it, and counts of tokens.`,
  })

const NAME = `The name must have 1 to ${MAX.usageMetaNameChars} characters.`

function isMetaName(name: string): boolean {
  return name.length >= 1 && name.length <= MAX.usageMetaNameChars
}

/** The tags of a verify as the meta of its charge: `name=value`, or a name alone. */
export const usageTags = z
  .array(text(1, MAX.tagChars))
  .max(MAX.tagsPerRequest)
  .transform((tags, context): Record<string, string> => {
    const { meta, problems } = metaOfTags(tags)
    for (const { index, message } of problems) context.addIssue({ code: 'custom', path: [index], message })
    return meta
  })

/** The same, with the errors by the place of the tag. */
export function metaOfTags(tags: readonly string[]): {
  meta: Record<string, string>
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
  return { meta: Object.fromEntries(meta), problems }
}

function problemOf(name: string, value: string): string | null {
  if (!isMetaName(name)) return NAME
  return isTokenCount(name) && parseTokens(value) === null ? `${name}: ${TOKENS}` : null
}
