import { z } from '@hono/zod-openapi'
import type { NewUser } from '../../../core/people/users.ts'
import type { UserId } from '../../../core/types.ts'
import { uuid } from '../../kernel/input.ts'
import { operation } from '../../kernel/operation.ts'
import { idempotencyHeader, once } from '../idempotency.ts'
import { newAllowance, newLimits } from '../limits-wire.ts'
import { etag } from '../preconditions.ts'
import { given, json, jsonBody, keyLifetime, problems, SECURITY } from '../wire.ts'
import { renderUser, UserOut, userMembers } from './user-wire.ts'

// Here null is a value ("any"); an absent member takes the default of the role.
const policy = z
  .strictObject({
    permissions: userMembers.permissions.nullable().optional(),
    limits: newLimits.nullish(),
    keyLifetime: keyLifetime.nullable().optional(),
  })
  .transform(({ permissions, limits, keyLifetime: keyLifetimeMs }) => ({
    ...(permissions === undefined ? {} : { permissions }),
    ...(limits ? { limits: given(limits) } : {}),
    ...(keyLifetimeMs === undefined ? {} : { keyLifetimeMs }),
  }))

const CreateUser = z
  .strictObject({
    id: uuid<UserId>().nullish(),
    username: userMembers.username,
    email: userMembers.email
      .nullish()
      .openapi({ description: 'The e-mail address; none when absent or null.' }),
    displayName: userMembers.displayName,
    externalId: userMembers.externalId.nullish(),
    role: userMembers.role.nullish().openapi({ description: '`USER` when absent.' }),
    disabled: z.boolean().nullish(),
    ...newAllowance,
    policy: policy.nullish().openapi({
      description:
        'The bounds of the grants that the user makes to keys. Without `permissions` a ROOT or ADMIN may grant any permission, and others none.',
      example: { permissions: ['documents.*'], limits: { monthly: '100' }, keyLifetime: '90d' },
    }),
  })
  .transform(
    ({ username, displayName, limits, ...rest }): NewUser => ({
      role: 'USER',
      ...given(rest),
      ...(limits ? { limits: given(limits) } : {}),
      username,
      displayName,
    }),
  )
  .openapi('CreateUser')

/** `POST /users` (docs/api.md#users-and-workspaces). */
export const createUser = operation(
  {
    method: 'post',
    path: '/users',
    operationId: 'createUser',
    summary: 'Add a user',
    tags: ['users'],
    security: SECURITY,
    request: { headers: idempotencyHeader, body: jsonBody(CreateUser) },
    responses: { 201: json(UserOut, 'The user.'), ...problems(409, 415, 422) },
  },
  { callers: 'MANAGE_USERS', action: 'user.create', target: 'user' },
  async (c) => {
    const input = c.req.valid('json')
    const { answer, replay } = await once<z.infer<typeof UserOut>>(c, 201, async (memory) =>
      renderUser(await c.get('latchkey').users.create(c.get('call'), input, memory?.keep(renderUser))),
    )
    return c.json(answer, 201, { location: `/v2/users/${answer.id}`, ...etag(answer), ...replay })
  },
)
