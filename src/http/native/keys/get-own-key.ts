import { operation } from '../../kernel/operation.ts'
import { etag } from '../preconditions.ts'
import { json, problems, SECURITY } from '../wire.ts'
import { OwnKeyOut, renderOwnKey } from './own-key-wire.ts'

/** `GET /keys/self`: the key of the credential, and why it is refused, for anybody who has the secret. */
export const getOwnKey = operation(
  {
    method: 'get',
    path: '/keys/self',
    operationId: 'getOwnKey',
    summary: 'Read the key that is the credential',
    description:
      'Works for a key of any access, also one that is disabled, expired, not valid yet or out of budget, and tells why that key is refused. It takes nothing from rate limits and budgets and does not count as a use. A revoked key is unknown, as everywhere.',
    tags: ['keys'],
    security: SECURITY,
    responses: { 200: json(OwnKeyOut, 'The key and how it stands.'), ...problems() },
  },
  { callers: 'holder', action: 'key.get_own', target: 'key' },
  async (c) => {
    const own = await c.get('latchkey').ownKeys.look(c.get('call'))
    return c.json(renderOwnKey(own), 200, etag(own.view.key))
  },
)
