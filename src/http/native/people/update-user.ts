import { z } from '@hono/zod-openapi'
import type { UserPatch } from '../../../core/people/users.ts'
import { allowanceChange, limitChanges, limitChangesOf } from '../limits-wire.ts'
import { etag, expectedRevision, ifMatchHeader } from '../preconditions.ts'
import { changing } from '../wait-wire.ts'
import { json, jsonBody, keyLifetime, named, problems, SECURITY } from '../wire.ts'
import { renderUser, UserOut, userIdParam, userMembers, userRef } from './user-wire.ts'

const policy = z
  .strictObject({
    permissions: userMembers.permissions.nullable().optional(),
    limits: limitChanges.nullable().optional(),
    keyLifetime: keyLifetime.nullable().optional(),
  })
  .transform(
    ({ permissions, limits, keyLifetime: keyLifetimeMs }): NonNullable<UserPatch['policy']> =>
      named({ permissions, limits: limitChangesOf(limits), keyLifetimeMs }),
  )

const UpdateUser = z
  .strictObject({
    username: userMembers.username.optional(),
    email: userMembers.email
      .nullable()
      .optional()
      .openapi({ description: 'The e-mail address; null removes it.' }),
    displayName: userMembers.displayName.optional(),
    externalId: userMembers.externalId.nullable().optional(),
    role: userMembers.role.optional(),
    disabled: z.boolean().optional(),
    ...allowanceChange,
    policy: policy.optional().openapi({
      description: 'Single members, and single windows of the limits; null removes a bound.',
      example: { limits: { monthly: '50', daily: null } },
    }),
  })
  .transform(({ limits, ...members }): UserPatch => named({ ...members, limits: limitChangesOf(limits) }))
  .openapi('UpdateUser')

/** `PATCH /users/{id}` (docs/api.md#users-and-workspaces): a JSON merge patch. */
export const updateUser = changing(
  {
    method: 'patch',
    path: '/users/{id}',
    operationId: 'updateUser',
    summary: 'Change a user',
    description: 'A JSON merge patch. When disabling a user has answered, none of its keys works any more.',
    tags: ['users'],
    security: SECURITY,
    request: { params: userIdParam, headers: ifMatchHeader, body: jsonBody(UpdateUser) },
    responses: { 200: json(UserOut, 'The user as it now stands.'), ...problems(404, 409, 412, 415) },
  },
  { callers: 'MANAGE_USERS', action: 'user.update', target: 'user' },
  async (c) => {
    const user = await c.var.latchkey.users.update(c.var.call, userRef(c.req.valid('param').id), {
      patch: c.req.valid('json'),
      ...expectedRevision(c.req.valid('header')),
    })
    return c.json(renderUser(user), 200, etag(user))
  },
)
