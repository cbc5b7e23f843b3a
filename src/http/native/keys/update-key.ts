import { z } from '@hono/zod-openapi'
import type { KeyPatch } from '../../../core/keys/new-key.ts'
import type { UserId } from '../../../core/types.ts'
import { instant, labelName, labelValue, uuid } from '../../kernel/input.ts'
import { limitChanges, limitChangesOf } from '../limits-wire.ts'
import { etag, expectedRevision, ifMatchHeader } from '../preconditions.ts'
import { changing } from '../wait-wire.ts'
import { json, jsonBody, named, problems, SECURITY } from '../wire.ts'
import { keyRef, keyRefParam } from './key-ref.ts'
import { KeyOut, keyMembers, renderKey } from './key-wire.ts'

const UpdateMembers = z.strictObject({
  name: keyMembers.name.nullable().optional(),
  access: keyMembers.access.optional(),
  disabled: z.boolean().optional(),
  ownerId: uuid<UserId>().optional().openapi({
    description:
      'The new owner. The caller must be allowed to make such a key for that user. Money spent before stays in the sums of the former owner, and open reservations are settled there.',
  }),
  externalUserId: keyMembers.externalUserId.nullable().optional(),
  labels: z
    .record(labelName, labelValue.nullable())
    .nullable()
    .optional()
    .openapi({ description: 'Single entries; null removes one.', example: { env: 'staging', team: null } }),
  permissions: keyMembers.permissions.nullable().optional(),
  limits: limitChanges
    .nullable()
    .optional()
    .openapi({ example: { daily: '20', total: null } }),
  includeByokInLimit: z.boolean().optional(),
  rateLimits: keyMembers.rateLimits.nullable().optional(),
  allowedIps: keyMembers.allowedIps.nullable().optional(),
  notBefore: instant.nullable().optional(),
  expiresAt: instant.nullable().optional(),
})

const UpdateKey = UpdateMembers.transform(patchOf).openapi('UpdateKey')

/** `PATCH /keys/{id or hash}` (docs/api.md#change-a-key): a JSON merge patch. */
export const updateKey = changing(
  {
    method: 'patch',
    path: '/keys/{ref}',
    operationId: 'updateKey',
    summary: 'Change a key',
    description:
      'A JSON merge patch (RFC 7396): absent members keep what is there, null clears. Labels and limits merge entry by entry; lists are replaced whole.',
    tags: ['keys'],
    security: SECURITY,
    request: { params: keyRefParam, headers: ifMatchHeader, body: jsonBody(UpdateKey) },
    responses: { 200: json(KeyOut, 'The key as it now stands.'), ...problems(404, 409, 412, 415) },
  },
  { callers: 'UPDATE_APIKEY', action: 'key.update', target: 'key' },
  async (c) => {
    const view = await c.get('latchkey').keys.update(c.get('call'), keyRef(c.req.valid('param').ref), {
      patch: c.req.valid('json'),
      ...expectedRevision(c.req.valid('header')),
    })
    return c.json(renderKey(view), 200, etag(view.key))
  },
)

/** The values for which null stands, where the core knows no null. */
function patchOf(members: z.infer<typeof UpdateMembers>): KeyPatch {
  const { name, labels, permissions, limits, rateLimits, allowedIps, ...rest } = members
  return {
    ...named(rest),
    ...named({
      name: name === null ? '' : name,
      labels: labels === null ? { replace: {} } : labels && { merge: labels },
      permissions: permissions === null ? [] : permissions,
      limits: limitChangesOf(limits),
      rateLimits: rateLimits === null ? [] : rateLimits,
      allowedIps: allowedIps === null ? [] : allowedIps,
    }),
  }
}
