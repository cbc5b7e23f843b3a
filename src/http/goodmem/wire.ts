import { z } from '@hono/zod-openapi'
import { MAX } from '../../core/ground/bounds.ts'
import type { Instant } from '../../core/ground/clock.ts'
import { type FormMember, fieldsOf, shownIn } from '../../core/keys/key-form.ts'
import type { KeyView } from '../../core/keys/key-views.ts'
import type { KeyId, User, UserId } from '../../core/types.ts'

/** The tag of the operations in the OpenAPI document. */
export const TAGS = ['goodmem']

/** `x-api-key` is the dialect's own header; a bearer token is accepted as well (docs/wire/goodmem.md#transport). */
export const SECURITY = [{ apiKey: [] }, { bearer: [] }]

const Uuid = z.uuid()
const Millis = z
  .int()
  .openapi({ format: 'int64', description: 'Milliseconds since 1970.', example: 1_795_348_800_000 })

/** A key as this dialect shows it: always these eleven members (docs/wire/goodmem.md#the-key-object). */
export const ApiKeyResponse = z
  .object({
    apiKeyId: Uuid,
    userId: Uuid.openapi({ description: 'The id of the user that the key belongs to.' }),
    keyPrefix: z.string().openapi({
      description:
        'The first 8 characters of the current secret; fewer, or none, of a key imported by its digest.',
    }),
    status: z.enum(['ACTIVE', 'INACTIVE']),
    labels: z.record(z.string(), z.string()),
    expiresAt: Millis.nullable(),
    lastUsedAt: Millis.nullable(),
    createdAt: Millis,
    updatedAt: Millis,
    createdById: Uuid,
    updatedById: Uuid,
  })
  .openapi('ApiKeyResponse')

/** A user as this dialect shows it (docs/wire/goodmem.md#set-up-and-users). */
export const UserResponse = z
  .object({
    userId: Uuid,
    email: z.string().openapi({ description: 'Empty for a user without an e-mail address.' }),
    displayName: z.string(),
    username: z.string(),
    createdAt: Millis,
    updatedAt: Millis,
  })
  .openapi('UserResponse')

/**
 * How this dialect shows a key. `status` shows only whether the key is disabled: an expired key stays ACTIVE here
 * (docs/wire/goodmem.md#choices).
 */
export const KEY_FORM = {
  apiKeyId: 'id',
  userId: 'ownerId',
  keyPrefix: 'keyPrefix',
  status: { flag: 'disabled', yes: 'INACTIVE', no: 'ACTIVE' },
  labels: 'labels',
  expiresAt: 'expiresAt',
  lastUsedAt: 'lastUsedAt',
  createdAt: 'createdAt',
  updatedAt: 'changedAt',
  createdById: 'createdById',
  updatedById: 'updatedById',
} as const satisfies Record<keyof z.infer<typeof ApiKeyResponse>, FormMember>

/** Renders a key. */
export function renderKey({ key }: KeyView): z.infer<typeof ApiKeyResponse> {
  return shownIn(KEY_FORM, fieldsOf(key))
}

/** Renders a user. Clients of this dialect require `email` to be a text, so it is empty for a user without one. */
export function renderUser(user: User): z.infer<typeof UserResponse> {
  return {
    userId: user.id,
    email: user.email ?? '',
    displayName: user.displayName,
    username: user.username,
    createdAt: user.createdAt,
    updatedAt: user.updatedAt ?? user.createdAt,
  }
}

const ID = /^(?:0x)?(?:[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}|[0-9a-f]{32})$/i

/** The id of a key: with or without hyphens, after an optional `0x`, in any letter case (docs/wire/goodmem.md#transport). */
export const apiKeyId = idText<KeyId>('Invalid API key ID format')

/** The id of a user, in the same forms. */
export const userId = idText<UserId>('Invalid user ID format')

function idText<Id extends string>(complaint: string) {
  return z
    .string()
    .regex(ID, complaint)
    .transform((text) => hyphenated(text) as Id)
    .openapi({ type: 'string', format: 'uuid' })
}

function hyphenated(text: string): string {
  const hex = text.toLowerCase().replace(/^0x/, '').replaceAll('-', '')
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-')
}

const EXPIRY_COMPLAINT = `Must be whole milliseconds since 1970, at most ${MAX.instant}`
const DIGITS = /^-?\d{1,20}$/

/**
 * An expiry as an integer, or as a text of digits, which GoodMem's own example sends (docs/wire/goodmem.md#make-a-key). A negative
 * number is in the past, and the core refuses it.
 */
export const expiresAt = z
  .union([z.number(), z.string().regex(DIGITS)], EXPIRY_COMPLAINT)
  .transform((value, context): Instant => {
    const at = Number(value)
    if (Number.isInteger(at) && at <= MAX.instant) return at
    context.addIssue({ code: 'custom', message: EXPIRY_COMPLAINT })
    return z.NEVER
  })
  .openapi({
    type: ['integer', 'string'],
    format: 'int64',
    description:
      'The first instant at which the key no longer works: milliseconds since 1970, as a number or as a text of digits, in the future. It never expires when absent or null.',
    example: 1_924_992_000_000,
  })

/** Drops the members that are null: an explicit null means the same as absence (docs/wire/goodmem.md#transport). */
export function withoutNulls<T extends object>(members: T): { [Name in keyof T]?: NonNullable<T[Name]> } {
  const present = Object.entries(members).filter(([, value]) => value !== null && value !== undefined)
  return Object.fromEntries(present) as { [Name in keyof T]?: NonNullable<T[Name]> }
}
