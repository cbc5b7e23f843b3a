import { z } from '@hono/zod-openapi'
import { MAX } from '../../core/ground/bounds.ts'
import { Fault } from '../../core/ground/faults.ts'
import type { LimitChange } from '../../core/keys/one-limit.ts'
import type { KeyRef } from '../../core/keys/queries.ts'
import type { NanoUsd } from '../../core/money/money.ts'
import { parseUsd } from '../../core/money/money.ts'
import type { LimitWindow } from '../../core/money/windows.ts'
import type { Digest } from '../../core/types.ts'
import { text } from '../kernel/input.ts'

/** A key's name: at least one character. */
export const nameInput = text(1, MAX.nameChars)

/** An amount of USD as a JSON number, rounded to nano-USD; null for none. Texts are refused. */
const limitInput = z
  .number()
  .transform((value, context): NanoUsd => {
    const amount = parseUsd(value)
    // A limit of 0 allows nothing, so an amount above 0 must not be rounded down to it.
    if (amount !== null && (amount > 0n || value === 0)) return amount
    context.addIssue({ code: 'custom', message: 'Must be 0, or from 0.000000001 to 1000000000 USD.' })
    return z.NEVER
  })
  .openapi({ type: 'number', minimum: 0, maximum: 1e9, example: 50 })
  .nullable()

/** The two members about the limit, for creating and for changing a key. */
export const limitMembers = {
  limit: limitInput.optional(),
  limit_reset: z.enum(['daily', 'weekly', 'monthly']).nullable().optional(),
}

/** The two members in the words of {@link LimitChange}. */
export function limitChangeOf(body: {
  limit?: NanoUsd | null | undefined
  limit_reset?: Exclude<LimitWindow, 'total'> | null | undefined
}): LimitChange {
  return {
    ...(body.limit === undefined ? {} : { limit: body.limit }),
    ...(body.limit_reset === undefined ? {} : { window: body.limit_reset ?? 'total' }),
  }
}

/** The path parameter of a single key. Any text is valid; one that cannot be a hash finds no key (docs/wire/openrouter.md#hash-and-label). */
export const hashParams = z.object({
  hash: z.string().openapi({
    param: { name: 'hash', in: 'path' },
    description: 'Lower-case hex SHA-256 of the whole text of the key',
    example: '419c0d50afa69169bd670a322cdab7d6a796fc399d1a2b451cc59e2ba6f0c524',
  }),
})

const DIGEST = /^[0-9a-f]{64}$/

/** The key that a path names. Throws `key_not_found` for a text that cannot be a hash. */
export function keyRefOf({ hash }: z.infer<typeof hashParams>): KeyRef {
  const digest = hash.toLowerCase()
  if (!DIGEST.test(digest)) throw new Fault('key_not_found')
  return { digest: digest as Digest }
}
