import { z } from '@hono/zod-openapi'
import { formatInstant } from '../../kernel/input.ts'
import { operation } from '../../kernel/operation.ts'
import { keyRef, keyRefParam } from '../keys/key-ref.ts'
import { instantOrNull, json, problems, SECURITY, timeOut } from '../wire.ts'
import {
  historyAsked,
  historyQuery,
  IntervalOut,
  RefusalsOut,
  renderInterval,
  renderRefusals,
} from './history-wire.ts'

const KeyVerifications = z
  .object({
    data: z
      .array(IntervalOut)
      .openapi({ description: 'Oldest first; intervals without verdicts are left out.' }),
    refusals: z.array(RefusalsOut).openapi({
      description:
        'Refusals by reason, newest first: those for the same reason are one entry. Kept for 14 days after the last.',
    }),
    lastUsedIp: z.string().nullable().openapi({
      description: 'The address of the last use with a known address, or of one at most 50 ms before it.',
    }),
    secrets: z
      .array(
        z.object({
          mask: z.string().openapi({ example: 'lk_003...tQq' }),
          createdAt: timeOut,
          expiresAt: timeOut.nullable(),
          lastUsedAt: timeOut.nullable(),
          uses: z.int().openapi({ description: 'How many verifies passed with it.' }),
        }),
      )
      .openapi({
        description:
          'The current secret first, then older ones whose overlap has not ended, to see whether they are still in use.',
      }),
  })
  .openapi('KeyVerifications')

/** `GET /keys/{id or hash}/verifications` (docs/api.md#how-verifies-went). */
export const getKeyVerifications = operation(
  {
    method: 'get',
    path: '/keys/{ref}/verifications',
    operationId: 'getKeyVerifications',
    summary: 'Count the verdicts of one key',
    description:
      'The number of verdicts of each code by hour or day, with or without a charge; the reasons of refusals; the uses of each secret. The counts lag by a few seconds, and a crash loses the last ones. Kept for 14 days.',
    tags: ['verify'],
    security: SECURITY,
    request: { params: keyRefParam, query: historyQuery },
    responses: { 200: json(KeyVerifications, 'How they went.'), ...problems(404) },
  },
  { callers: 'DISPLAY_APIKEY', action: 'key.read', target: 'key' },
  async (c) => {
    const call = c.get('call')
    const latchkey = c.get('latchkey')
    const query = historyAsked(c.req.valid('query'), latchkey.clock.now())
    const history = await latchkey.history.ofKey(call, keyRef(c.req.valid('param').ref), query)
    const used = new Map(history.uses.map((use) => [use.digest, use]))
    const secrets = history.key.secrets.map(({ digest, mask, createdAt, expiresAt }) => ({
      mask,
      createdAt: formatInstant(createdAt),
      expiresAt: instantOrNull(expiresAt),
      lastUsedAt: instantOrNull(used.get(digest)?.at ?? null),
      uses: used.get(digest)?.count ?? 0,
    }))
    const told = history.uses.find(({ ip }) => ip !== null)
    const answer = {
      data: history.intervals.map(renderInterval),
      refusals: history.refusals.map(renderRefusals),
      lastUsedIp: told?.ip ?? null,
      secrets,
    }
    return c.json(answer, 200)
  },
)
