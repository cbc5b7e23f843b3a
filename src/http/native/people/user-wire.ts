import { z } from '@hono/zod-openapi'
import { MAX } from '../../../core/ground/bounds.ts'
import { Fault } from '../../../core/ground/faults.ts'
import { ROLES, type User, type UserId } from '../../../core/types.ts'
import { formatInstant, permissionPattern, text } from '../../kernel/input.ts'
import { BudgetOut } from '../budget-wire.ts'
import { isUuid } from '../keys/key-ref.ts'
import { LimitsOut, renderLimits } from '../limits-wire.ts'
import { durationOrNull, durationOut, revisionOut, timeOut, uuidOut } from '../wire.ts'

/** The settings of a user, in a new one and in a patch. */
export const userMembers = {
  username: z
    .string()
    .max(MAX.nameChars)
    .regex(/^[^\s\p{C}]+$/u, 'Must be one word without control characters.')
    .openapi({ type: 'string', minLength: 1, maxLength: MAX.nameChars, example: 'ada' }),
  email: z
    .string()
    .max(MAX.emailChars)
    .regex(/^[^\s\p{C}@]+@[^\s\p{C}@]+$/u, 'Must be an e-mail address.')
    .openapi({ format: 'email', maxLength: MAX.emailChars, example: 'ada@example.com' }),
  displayName: text(1, MAX.nameChars).openapi({ example: 'Ada Lovelace' }),
  externalId: text(1, MAX.externalIdChars),
  role: z.enum(ROLES),
  permissions: z.array(permissionPattern).max(MAX.permissionsPerKey),
}

const PolicyOut = z
  .object({
    permissions: z
      .array(z.string())
      .nullable()
      .openapi({
        description: 'Patterns of the permissions that may be granted; null for any.',
        example: ['documents.*'],
      }),
    limits: LimitsOut.openapi({
      description: 'The most that a granted key may spend; a missing window is unbounded.',
    }),
    keyLifetime: durationOut
      .nullable()
      .openapi({ description: 'The longest life of a granted key; null for any.' }),
  })
  .openapi('GrantPolicy')

/** A user in an answer. */
export const UserOut = z
  .object({
    id: uuidOut,
    username: z.string(),
    email: z.string().nullable().openapi({ description: 'The e-mail address; null for a user without one.' }),
    displayName: z.string(),
    externalId: z.string().nullable(),
    role: z.enum(ROLES),
    disabled: z.boolean().openapi({ description: 'True disables all keys of the user.' }),
    limits: LimitsOut.openapi({ description: 'Caps on the spending of all keys of the user together.' }),
    includeByokInLimit: z.boolean(),
    policy: PolicyOut,
    createdAt: timeOut,
    updatedAt: timeOut,
    revision: revisionOut,
  })
  .openapi('User')

/** A single user in an answer. */
export const UserWithBudget = z
  .object({
    ...UserOut.shape,
    budget: z.array(BudgetOut).openapi({ description: 'The present state of the limits.' }),
  })
  .openapi('UserWithBudget')

/** A user as the wire shows it. */
export function renderUser(user: User): z.infer<typeof UserOut> {
  const { permissions, limits, keyLifetimeMs } = user.policy
  return {
    id: user.id,
    username: user.username,
    email: user.email,
    displayName: user.displayName,
    externalId: user.externalId,
    role: user.role,
    disabled: user.disabled,
    limits: renderLimits(user.limits),
    includeByokInLimit: user.includeByokInLimit,
    policy: { permissions, limits: renderLimits(limits), keyLifetime: durationOrNull(keyLifetimeMs) },
    createdAt: formatInstant(user.createdAt),
    updatedAt: formatInstant(user.updatedAt ?? user.createdAt),
    revision: user.revision,
  }
}

/** The path parameter that names a user. */
export const userIdParam = z.object({
  id: z.string().openapi({
    param: { name: 'id', in: 'path' },
    format: 'uuid',
    example: '019aab62-7c00-7b3c-8e1f-5a7c1f1b2d3e',
  }),
})

/** The user that a path parameter names. Throws `user_not_found` for a text that is no id. */
export function userRef(param: string): UserId {
  const id = param.toLowerCase()
  if (!isUuid(id)) throw new Fault('user_not_found')
  return id as UserId
}
