import { expectedRevision, ifMatchHeader } from '../preconditions.ts'
import { changing } from '../wait-wire.ts'
import { json, problems, SECURITY } from '../wire.ts'
import { RevocationOut, renderRevocation, revocationQuery } from './revocation-wire.ts'

/** `DELETE /keys/self`: the holder of a key may revoke it, whatever its access. */
export const revokeOwnKey = changing(
  {
    method: 'delete',
    path: '/keys/self',
    operationId: 'revokeOwnKey',
    summary: 'Revoke the key that is the credential',
    description:
      'Works for a key of any access. When the call answers, no node accepts the key any more, so a repeated call is 401. The last key that can manage everything cannot be revoked (409).',
    tags: ['keys'],
    security: SECURITY,
    request: { query: revocationQuery, headers: ifMatchHeader },
    responses: { 200: json(RevocationOut, 'The receipt.'), ...problems(409, 412) },
  },
  { callers: 'any_key', action: 'key.revoke', target: 'key' },
  async (c) => {
    const order = {
      reason: c.req.valid('query').reason ?? null,
      ...expectedRevision(c.req.valid('header')),
    }
    return c.json(renderRevocation(await c.get('latchkey').ownKeys.revoke(c.get('call'), order)), 200)
  },
)
