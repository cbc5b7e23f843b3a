import { expectedRevision, ifMatchHeader } from '../preconditions.ts'
import { changing } from '../wait-wire.ts'
import { json, problems, SECURITY } from '../wire.ts'
import { keyRef, keyRefParam } from './key-ref.ts'
import { RevocationOut, renderRevocation, revocationQuery } from './revocation-wire.ts'

/** `DELETE /keys/{id or hash}` (docs/api.md#rotate-and-revoke): no verify passes after this has answered. */
export const revokeKey = changing(
  {
    method: 'delete',
    path: '/keys/{ref}',
    operationId: 'revokeKey',
    summary: 'Revoke a key',
    description:
      'When the call answers, no node accepts the key any more. A repeated call gets the same answer.',
    tags: ['keys'],
    security: SECURITY,
    request: { params: keyRefParam, query: revocationQuery, headers: ifMatchHeader },
    responses: { 200: json(RevocationOut, 'The receipt.'), ...problems(404, 409, 412) },
  },
  { callers: 'DELETE_APIKEY', action: 'key.revoke', target: 'key' },
  async (c) => {
    const receipt = await c.get('latchkey').keys.revoke(c.get('call'), keyRef(c.req.valid('param').ref), {
      reason: c.req.valid('query').reason ?? null,
      ...expectedRevision(c.req.valid('header')),
    })
    return c.json(renderRevocation(receipt), 200)
  },
)
