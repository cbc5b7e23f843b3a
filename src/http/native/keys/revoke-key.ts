import { z } from '@hono/zod-openapi'
import { MAX } from '../../../core/ground/bounds.ts'
import { formatInstant, text } from '../../kernel/input.ts'
import { operation } from '../../kernel/operation.ts'
import { expectedRevision, ifMatchHeader } from '../preconditions.ts'
import { json, problems, revisionOut, SECURITY, timeOut, uuidOut } from '../wire.ts'
import { keyRef, keyRefParam } from './key-ref.ts'

const Revocation = z
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

const query = z.strictObject({
  reason: text(1, MAX.reasonChars)
    .optional()
    .openapi({ description: 'Kept with the key and in the audit log.' }),
})

/** `DELETE /keys/{id or hash}` (spec.md §3.1): no verify passes after this has answered. */
export const revokeKey = operation(
  {
    method: 'delete',
    path: '/keys/{ref}',
    operationId: 'revokeKey',
    summary: 'Revoke a key for good',
    description: 'When this answers, no node accepts the key any more. Repeating it answers the same.',
    tags: ['native'],
    security: SECURITY,
    request: { params: keyRefParam, query, headers: ifMatchHeader },
    responses: { 200: json(Revocation, 'The receipt.'), ...problems(404, 409, 412) },
  },
  { access: 'DELETE_APIKEY', action: 'key.revoke', target: 'key' },
  async (c) => {
    const { id, revision, nodes, at } = await c.var.latchkey.keys.revoke(
      c.var.call,
      keyRef(c.req.valid('param').ref),
      { reason: c.req.valid('query').reason ?? null, ...expectedRevision(c.req.valid('header')) },
    )
    const effective = { scope: 'all-nodes' as const, nodes, at: formatInstant(at) }
    return c.json({ id, status: 'revoked' as const, revision, effective }, 200)
  },
)
