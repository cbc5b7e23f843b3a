import { z } from '@hono/zod-openapi'
import { MAX } from '../../../core/ground/bounds.ts'
import type { NewKey } from '../../../core/keys/new-key.ts'
import type { KeyId, UserId } from '../../../core/types.ts'
import { instant, labels, uuid } from '../../kernel/input.ts'
import { newLimits } from '../limits-wire.ts'
import { workspaceMembers, workspaceRef } from '../people/workspace-wire.ts'
import { given } from '../wire.ts'
import { isUuid } from './key-ref.ts'
import { keyMembers } from './key-wire.ts'

const workspaceName = z
  .string()
  .refine(
    (name) => isUuid(name.toLowerCase()) || workspaceMembers.slug.safeParse(name).success,
    'Must be the id of a workspace, or its slug.',
  )

/** The choices for a new or imported key. */
export const newKeyMembers = {
  id: uuid<KeyId>().nullish().openapi({
    description:
      'Generated when absent. Only ADMIN and ROOT may choose it, because a refused id reveals that another key has it.',
  }),
  name: keyMembers.name.nullish(),
  access: keyMembers.access.nullish().openapi({ description: '`use` when absent.' }),
  disabled: z.boolean().nullish(),
  ownerId: uuid<UserId>().nullish().openapi({ description: 'The caller when absent.' }),
  workspaceId: workspaceName.nullish().openapi({
    type: 'string',
    description: 'The id of a workspace, or its slug. The default one when absent.',
  }),
  externalUserId: keyMembers.externalUserId.nullish(),
  labels: labels.nullish().openapi({ description: `At most ${MAX.labels}.`, example: { env: 'production' } }),
  permissions: keyMembers.permissions.nullish().openapi({ example: ['documents.read'] }),
  limits: newLimits.nullish().openapi({ example: { daily: '74.5' } }),
  includeByokInLimit: z.boolean().nullish(),
  rateLimits: keyMembers.rateLimits
    .nullish()
    .openapi({ example: [{ name: 'requests', limit: 100, window: '1m' }] }),
  allowedIps: keyMembers.allowedIps.nullish().openapi({ example: ['203.0.113.0/24'] }),
  notBefore: instant.nullish(),
  expiresAt: instant.nullish(),
}

/** The members of a new key in the words of the core; null means the same as absent. */
export function newKeyOf({
  limits,
  workspaceId,
  ...members
}: z.infer<z.ZodObject<typeof newKeyMembers>>): NewKey {
  const workspace = workspaceId ? placeOf(workspaceId) : {}
  return { access: 'use', ...given(members), ...workspace, ...(limits ? { limits: given(limits) } : {}) }
}

function placeOf(text: string): Pick<NewKey, 'workspaceId' | 'workspaceSlug'> {
  const ref = workspaceRef(text)
  return 'id' in ref ? { workspaceId: ref.id } : { workspaceSlug: ref.slug }
}
