import { z } from '@hono/zod-openapi'
import { MAX } from '../../../core/ground/bounds.ts'
import type { RevocationReceipt } from '../../../core/keys/revocation.ts'
import { formatInstant, text } from '../../kernel/input.ts'
import { revisionOut, timeOut, uuidOut } from '../wire.ts'

/** The receipt of a revocation in an answer. */
export const RevocationOut = z
  .object({
    id: uuidOut,
    status: z.literal('revoked'),
    revision: revisionOut,
    effective: z.object({
      scope: z.literal('all-nodes'),
      nodes: z
        .int()
        .openapi({ description: 'Nodes that stopped accepting the key before this answer.', example: 1 }),
      at: timeOut,
    }),
  })
  .openapi('Revocation')

/** What may be said of a revocation. */
export const revocationQuery = z.strictObject({
  reason: text(1, MAX.reasonChars)
    .optional()
    .openapi({ description: 'Kept with the key and in the audit log.' }),
})

/** The receipt as the wire shows it. */
export function renderRevocation({
  id,
  revision,
  nodes,
  at,
}: RevocationReceipt): z.infer<typeof RevocationOut> {
  return { id, status: 'revoked', revision, effective: { scope: 'all-nodes', nodes, at: formatInstant(at) } }
}
