import { z } from '@hono/zod-openapi'
import { MAX } from '../../../core/ground/bounds.ts'
import type { UsageEvent } from '../../../core/ledger/entries.ts'
import { metaObject } from '../../../core/ledger/meta.ts'
import { formatUsd } from '../../../core/money/money.ts'
import type { KeyId } from '../../../core/types.ts'
import { formatInstant, text, uuid } from '../../kernel/input.ts'
import { operation } from '../../kernel/operation.ts'
import { callerOrNull, json, problems, SECURITY, timeOut, usdOut, uuidOut } from '../wire.ts'

const query = z.strictObject({
  keyId: uuid<KeyId>(),
  id: text(1, MAX.usageEventIdChars).openapi({
    description: 'The id by which it was reported, or the requestId of a charge.',
    example: 'call-4711',
  }),
})

const RecordedEvent = z
  .object({
    id: z.string().openapi({ example: 'call-4711' }),
    keyId: uuidOut,
    ownerId: uuidOut,
    workspaceId: uuidOut,
    amount: usdOut,
    byokAmount: usdOut.openapi({ description: 'Usage that was paid elsewhere.', example: '0' }),
    requests: z.int(),
    at: timeOut.openapi({ description: 'Decides the windows that it belongs to.' }),
    recordedAt: timeOut,
    reportedBy: callerOrNull.openapi({
      description:
        'The caller that reported, charged or settled it; null when an expired reservation was charged, and for events from before this was recorded.',
    }),
    meta: z.record(z.string(), z.string()),
  })
  .openapi('RecordedEvent')

const Found = z.object({ data: z.array(RecordedEvent).max(1) }).openapi('RecordedEvents')

/** `GET /usage/events`: the event with this id, and its reporter. */
export const findUsageEvent = operation(
  {
    method: 'get',
    path: '/usage/events',
    operationId: 'findUsageEvent',
    summary: 'Read one usage event',
    description:
      'The list is empty when this key has no event with this id, or when the event was deleted (its sums stay). A settlement has the id `reservation:` followed by the id of its reservation. A caller with the role USER sees the events of its own keys.',
    tags: ['usage'],
    security: SECURITY,
    request: { query },
    responses: { 200: json(Found, 'The event, if there is one.'), ...problems() },
  },
  { callers: 'READ_USAGE', action: 'usage.event', target: 'key', dataPlane: true },
  async (c) => {
    const event = await c.get('latchkey').usage.event(c.get('call'), c.req.valid('query'))
    return c.json({ data: event === null ? [] : [renderEvent(event)] }, 200)
  },
)

function renderEvent(event: UsageEvent): z.infer<typeof RecordedEvent> {
  const { id, keyId, ownerId, workspaceId, requests, reportedBy, meta } = event
  return {
    id,
    keyId,
    ownerId,
    workspaceId,
    amount: formatUsd(event.amount),
    byokAmount: formatUsd(event.byokAmount),
    requests,
    at: formatInstant(event.at),
    recordedAt: formatInstant(event.recordedAt),
    reportedBy,
    meta: metaObject(meta),
  }
}
