import { z } from '@hono/zod-openapi'
import type { UserPatch } from '../../../core/people/users.ts'
import type { UserId } from '../../../core/types.ts'
import { uuid } from '../../kernel/input.ts'
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
    role: userMembers.role.optional().openapi({
      description:
        'The rights of the managing keys of the user: see docs/authority.md. A ROOT or ADMIN that may grant any permission and becomes a USER or SERVICE may grant none from then on, unless the request names `policy.permissions`. A promotion leaves the policy as it is.',
    }),
    disabled: z.boolean().optional(),
    handOverTo: uuid<UserId>().optional().openapi({
      description:
        'Together with `"disabled": true`: the user that gets all keys of this one first, so that none of them stops. If one cannot be handed over, the user is not disabled.',
    }),
    ...allowanceChange,
    policy: policy.optional().openapi({
      description: 'Single members, and single windows of the limits; null removes a bound.',
      example: { limits: { monthly: '50', daily: null } },
    }),
  })
  .refine(({ handOverTo, disabled }) => handOverTo === undefined || disabled === true, {
    path: ['handOverTo'],
    message: 'Goes with "disabled": true only.',
  })
  .transform(({ limits, handOverTo, ...members }): { patch: UserPatch; handOverTo: UserId | null } => ({
    patch: named({ ...members, limits: limitChangesOf(limits) }),
    handOverTo: handOverTo ?? null,
  }))
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
    const call = c.get('call')
    const id = userRef(c.req.valid('param').id)
    const { patch, handOverTo } = c.req.valid('json')
    const change = { patch, ...expectedRevision(c.req.valid('header')) }
    const { users, departures } = c.get('latchkey')
    const user =
      handOverTo === null
        ? await users.update(call, id, change)
        : await departures.disable(call, id, { ...change, to: handOverTo })
    return c.json(renderUser(user), 200, etag(user))
  },
)
