import { z } from '@hono/zod-openapi'
import { MAX } from '../../../core/ground/bounds.ts'
import type { RevocationReceipt } from '../../../core/keys/revocation.ts'
import { THIS_NODE } from '../../../core/verify/nodes.ts'
import { formatInstant, text } from '../../kernel/input.ts'
import { revisionOut, timeOut, uuidOut } from '../wire.ts'

/** The receipt of a revocation in an answer. */
export const RevocationOut = z
  .object({
    id: uuidOut,
    status: z.literal('revoked'),
    revision: revisionOut,
    effective: z.object({
      scope: z.enum(['all-nodes', 'this-node']).openapi({
        description:
          'The nodes that have stopped accepting the key. `this-node` only with `wait=none`: the other nodes follow within their lease.',
      }),
      nodes: z
        .int()
        .openapi({ description: 'Nodes that stopped accepting the key before this answer.', example: 1 }),
      lapsed: z.int().optional().openapi({
        description:
          'Nodes that did not answer; the call waited until their lease had expired. Absent when all answered.',
      }),
      at: timeOut,
    }),
  })
  .openapi('Revocation')

/** The options of a revocation. */
export const revocationQuery = z.strictObject({
  reason: text(1, MAX.reasonChars)
    .optional()
    .openapi({ description: 'Kept with the key and in the audit log.' }),
})

/** The receipt as the wire shows it. */
export function renderRevocation({
  id,
  revision,
  inForce,
  at,
}: RevocationReceipt): z.infer<typeof RevocationOut> {
  const scope = inForce === null ? 'this-node' : 'all-nodes'
  const { nodes, lapsed } = inForce ?? THIS_NODE
  const effective = { scope, nodes, ...(lapsed > 0 && { lapsed }), at: formatInstant(at) } as const
  return { id, status: 'revoked', revision, effective }
}
