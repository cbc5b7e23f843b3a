import { z } from '@hono/zod-openapi'
import { MAX } from '../../../core/ground/bounds.ts'
import type { NewKey } from '../../../core/keys/new-key.ts'
import type { KeyId, UserId, WorkspaceId } from '../../../core/types.ts'
import { instant, labels, uuid } from '../../kernel/input.ts'
import { newLimits } from '../limits-wire.ts'
import { given } from '../wire.ts'
import { keyMembers } from './key-wire.ts'

/** What may be chosen for a new key, also for one that was made elsewhere. */
export const newKeyMembers = {
  id: uuid<KeyId>().nullish().openapi({
    description:
      'Generated when absent. Only ADMIN and ROOT may choose it, because a refused id reveals that another key has it.',
  }),
  name: keyMembers.name.nullish(),
  access: keyMembers.access.nullish().openapi({ description: '`use` when absent.' }),
  disabled: z.boolean().nullish(),
  ownerId: uuid<UserId>().nullish().openapi({ description: 'The caller when absent.' }),
  workspaceId: uuid<WorkspaceId>().nullish().openapi({ description: 'The default workspace when absent.' }),
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

/** The members of a new key in the words of the core; null is the same as absent. */
export function newKeyOf({ limits, ...members }: z.infer<z.ZodObject<typeof newKeyMembers>>): NewKey {
  return { access: 'use', ...given(members), ...(limits ? { limits: given(limits) } : {}) }
}
