import { z } from '@hono/zod-openapi'
import { isAddressBlock } from '../../core/ground/addresses.ts'
import { MAX } from '../../core/ground/bounds.ts'
import type { Instant } from '../../core/ground/clock.ts'
import { formatDuration, parseDuration } from '../../core/ground/durations.ts'
import { FAULTS, Fault } from '../../core/ground/faults.ts'
import { isPermissionPattern } from '../../core/ground/permissions.ts'
import { isBlank } from '../../core/keys/search-text.ts'
import type { NanoUsd } from '../../core/money/money.ts'
import { parseUsd } from '../../core/money/money.ts'
import { pointerTo, type RequestError, requestError } from './places.ts'

/**
 * Turns the issues of a schema into one fault that names every place: a JSON pointer into a body, and `query:name` and the like for
 * other parts.
 */
export function inputFaultOf(error: { issues: readonly z.core.$ZodIssue[] }, target: string): Fault {
  return inputFaultOfErrors(inputErrorsOf(error.issues, target))
}

/** The same for errors that have their places already. */
export function inputFaultOfErrors(errors: RequestError[]): Fault {
  const [first] = errors
  const message = first === undefined ? FAULTS.input_invalid : `${first.pointer}: ${first.message}`
  return new Fault('input_invalid', { message, errors })
}

/** The errors that a schema found, by place. */
export function inputErrorsOf(issues: readonly z.core.$ZodIssue[], target: string): RequestError[] {
  // For a value of the wrong kind no other message is useful.
  const ofKind = new Set(
    issues.filter(({ code }) => code === 'invalid_type').map(({ path }) => path.join('/')),
  )
  return issues
    .filter(({ code, path }) => code === 'invalid_type' || !ofKind.has(path.join('/')))
    .flatMap((issue) => inputErrors(issue, target))
}

/**
 * A text with bounds on its length in UTF-16 units. What comes behind them never sees a longer text: folding one, for example, takes time that grows
 * with the square of its combining marks.
 */
export function text(charsMin: number, charsMax: number) {
  return z.string().min(charsMin, ABORT).max(charsMax, ABORT)
}

/** Without this the schema goes on with its next check after one that has failed. */
const ABORT = { abort: true }

/**
 * A text by which a list is filtered. Texts without a visible character are refused: their sender has most likely lost the value, and
 * would take the wrong records for the answer.
 */
export function filterText(charsMax: number) {
  return text(1, charsMax).refine(
    (value) => !isBlank(value),
    'Must contain a visible character; leave the parameter out to list everything.',
  )
}

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/

/** A UUID of any version in hyphenated form and any letter case, as lower case. */
export function uuid<Id extends string>() {
  return z
    .string()
    .max(36)
    .transform((value) => value.toLowerCase())
    .refine((value) => UUID.test(value), 'Must be a UUID.')
    .transform((value) => value as Id)
    .openapi({ format: 'uuid' })
}

const AMOUNT = 'Must be an amount of USD from 0 to 1000000000; a text has at most 9 decimals and no exponent.'

const writtenUsd = z.union(
  [
    z.string().max(20).openapi({ pattern: '^\\d{1,10}(\\.\\d{1,9})?$' }),
    z.number().openapi({
      minimum: 0,
      maximum: 1e9,
      description: 'Rounded to the nearest nano-dollar; a text is exact, and refused beyond 9 decimals.',
    }),
  ],
  { error: ({ input }) => (input === undefined ? 'Is required.' : AMOUNT) },
)

function readUsd(value: string | number, context: z.RefinementCtx): NanoUsd {
  const amount = parseUsd(value)
  if (amount !== null) return amount
  context.addIssue({ code: 'custom', message: AMOUNT })
  return z.NEVER
}

/** An amount of USD, to nano-USD: a decimal text, which is exact, or a number, which is rounded. */
export const usd = writtenUsd.transform(readUsd).openapi({ example: '74.5' })

/** A cap. A number above 0 is not rounded to 0, because that would allow nothing. */
export const usdCap = writtenUsd
  .refine(
    (value) => value === 0 || typeof value === 'string' || parseUsd(value) !== 0n,
    'Must be 0 or at least 0.000000001 USD: less would be rounded to 0, which allows nothing.',
  )
  .transform(readUsd)
  .openapi({ example: '74.5' })

/** An amount to hold. A hold of nothing would block nothing, and never be settled. */
export const usdAboveZero = usd.refine((amount) => amount > 0n, 'Must be more than 0 USD.')

const RFC3339_UTC = /^(\d{4})-(\d{2})-(\d{2})T(\d{2}):(\d{2}):(\d{2})(?:\.(\d{1,9}))?(?:Z|[+-]00:00)$/i

/** Reads an RFC 3339 moment in UTC, with seconds. Null for any other text, and for days that do not exist. */
export function parseInstant(value: string): Instant | null {
  const match = RFC3339_UTC.exec(value)
  if (match === null) return null
  const [year, month, day, hour, minute, second] = match.slice(1, 7).map(Number) as [
    number,
    number,
    number,
    number,
    number,
    number,
  ]
  const date = new Date(0)
  date.setUTCFullYear(year, month - 1, day)
  date.setUTCHours(hour, minute, second, Number((match[7] ?? '').padEnd(3, '0').slice(0, 3)))
  const kept = date.getUTCMonth() === month - 1 && date.getUTCDate() === day && date.getUTCHours() === hour
  return kept && minute < 60 && second < 60 ? date.getTime() : null
}

/** A moment as RFC 3339 in UTC; becomes milliseconds since the epoch. */
export const instant = z
  .string()
  .max(40)
  .transform((value, context): Instant => {
    const at = parseInstant(value)
    if (at !== null && at <= MAX.instant) return at
    context.addIssue({
      code: 'custom',
      message: 'Must be an RFC 3339 time in UTC, such as 2030-01-02T03:04:05.678Z.',
    })
    return z.NEVER
  })
  .openapi({ format: 'date-time' })

const DAY = /^\d{4}-\d{2}-\d{2}$/

/** A moment, or a day (`2026-11-01`) for its first moment in UTC. */
export const instantOrDay = z
  .string()
  .max(40)
  .transform((value, context): Instant => {
    const at = parseInstant(DAY.test(value) ? `${value}T00:00:00Z` : value)
    if (at !== null && at <= MAX.instant) return at
    context.addIssue({
      code: 'custom',
      message:
        'Must be a day such as 2030-01-02, or an RFC 3339 time in UTC, such as 2030-01-02T03:04:05.678Z.',
    })
    return z.NEVER
  })
  .openapi({ example: '2026-11-01' })

/** A moment as the wire shows it: RFC 3339, UTC, milliseconds. */
export function formatInstant(at: Instant): string {
  return new Date(at).toISOString()
}

/** A duration such as `24h`; becomes milliseconds. `0s` is accepted only when the minimum is 0. */
export function duration({ minMs, maxMs }: { minMs: number; maxMs: number }) {
  const message = `Must be a duration such as 30s, 15m, 24h or 7d, from ${formatDuration(minMs)} to ${formatDuration(maxMs)}.`
  return z
    .string()
    .max(12)
    .transform((value, context): number => {
      const ms = value === '0s' ? 0 : parseDuration(value)
      if (ms !== null && ms >= minMs && ms <= maxMs) return ms
      context.addIssue({ code: 'custom', message })
      return z.NEVER
    })
    .openapi({ pattern: '^\\d+[smhd]$', example: '24h' })
}

/** A label's name (docs/wire/goodmem.md#labels). */
export const labelName = z
  .string()
  .regex(/^[a-z0-9._-]{1,255}$/, 'A label name has 1 to 255 of the characters a-z 0-9 . _ -')

/** A label's value (docs/wire/goodmem.md#labels). */
export const labelValue = text(0, MAX.labelValueChars)

/** Label names and values. The core bounds how many labels a key may have. */
export const labels = z.record(labelName, labelValue)

/** A data-plane permission that a key may hold. */
export const permissionPattern = z
  .string()
  .max(MAX.permissionChars)
  .refine(
    isPermissionPattern,
    'Must be segments of letters, digits, _ : - joined by dots; a whole segment may be *.',
  )

/** A single address or CIDR block. */
export const addressBlock = z
  .string()
  .max(50)
  .refine(isAddressBlock, 'Must be an IP address or a CIDR block.')

function inputErrors(issue: z.core.$ZodIssue, target: string): RequestError[] {
  const pointer = pointerTo(issue.path, target)
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => ({
      ...requestError(
        pointerTo([...issue.path, key], target),
        `There is no member "${key.slice(0, 64)}" here.`,
      ),
      unknownMember: true,
    }))
  }
  // The issue of an invalid name in a map is nested; the outer message says only that there is one.
  const message = issue.code === 'invalid_key' ? (issue.issues[0]?.message ?? issue.message) : issue.message
  return [requestError(pointer, message)]
}
