import { z } from '@hono/zod-openapi'
import { MAX } from '../../../core/ground/bounds.ts'
import type { HandoverOutcome } from '../../../core/people/departures.ts'
import type { UserId } from '../../../core/types.ts'
import { uuid } from '../../kernel/input.ts'
import { decodeCursor, encodeCursor } from '../cursor.ts'
import { failureMembers, renderFailure } from '../keys/batch-wire.ts'
import { changing } from '../wait-wire.ts'
import { json, jsonBody, problems, SECURITY, uuidOut } from '../wire.ts'
import { userIdParam, userRef } from './user-wire.ts'

const HandOver = z
  .strictObject({
    to: uuid<UserId>().openapi({ description: 'The user that is to own the keys.' }),
    cursor: z
      .string()
      .max(MAX.cursorChars)
      .optional()
      .openapi({ description: "The previous answer's `nextCursor`." }),
  })
  .openapi('HandOver')

const HandedOver = z
  .object({
    handedOver: z.int().openapi({ description: 'How many keys this call has handed over.', example: 12 }),
    failed: z.int().openapi({ description: 'How many keys could not be handed over.', example: 0 }),
    results: z
      .array(
        z
          .object({
            id: uuidOut.openapi({ description: 'The id of the key.' }),
            status: z.enum(['handed_over', 'failed']).openapi({ description: 'The result for this key.' }),
            ...failureMembers,
          })
          .openapi('HandoverResult'),
      )
      .openapi({ description: 'One result for each key.' }),
    nextCursor: z
      .string()
      .nullable()
      .openapi({ description: 'While there may be more keys: send the same call with it.' }),
  })
  .openapi('HandedOver')

/** `POST /users/{id}/handover` (docs/customers.md#a-key-gets-another-owner): all keys of a user at once. */
export const handOver = changing(
  {
    method: 'post',
    path: '/users/{id}/handover',
    operationId: 'handOver',
    summary: 'Hand over the keys of a user',
    description:
      'Gives every key of the user that is not revoked to another user, as PATCH of a key with `ownerId` does. Each key is checked and changed separately: a failure is the result of that key alone. When the call answers, every node acts by it. Safe to repeat.',
    tags: ['users'],
    security: SECURITY,
    request: { params: userIdParam, body: jsonBody(HandOver) },
    responses: { 200: json(HandedOver, 'One result for each key.'), ...problems(404, 415) },
  },
  { callers: 'MANAGE_USERS', action: 'user.hand_over', target: 'user' },
  async (c) => {
    const id = userRef(c.req.valid('param').id)
    const { to, cursor } = c.req.valid('json')
    const listed = { list: 'keys to hand over', ownerId: id }
    const after = cursor === undefined ? {} : { after: decodeCursor(cursor, listed) }
    const { outcomes, next } = await c
      .get('latchkey')
      .departures.handOver(c.get('call'), id, { to, ...after })
    const failed = outcomes.filter(({ status }) => status === 'failed').length
    const counts = { handedOver: outcomes.length - failed, failed }
    return c.json(
      { ...counts, results: outcomes.map(renderOutcome), nextCursor: encodeCursor(next, listed) },
      200,
    )
  },
)

function renderOutcome(outcome: HandoverOutcome) {
  const { id, status } = outcome
  return outcome.status === 'failed' ? { id, status, ...renderFailure(outcome.fault, '') } : { id, status }
}
