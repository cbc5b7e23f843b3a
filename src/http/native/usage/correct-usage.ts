import { z } from '@hono/zod-openapi'
import { MAX } from '../../../core/ground/bounds.ts'
import type { Corrected } from '../../../core/metering/corrections.ts'
import { formatUsd } from '../../../core/money/money.ts'
import type { KeyId } from '../../../core/types.ts'
import { formatInstant, text, usdAboveZero, uuid } from '../../kernel/input.ts'
import { operation } from '../../kernel/operation.ts'
import { REPLAYED_HEADER } from '../idempotency.ts'
import { json, jsonBody, problems, SECURITY, timeOut, usdOut, uuidOut } from '../wire.ts'

const CorrectUsage = z
  .strictObject({
    id: text(1, MAX.usageEventIdChars).openapi({
      description: 'Your own id for it, unique per key: a repeated call corrects nothing more.',
      example: 'refund-17',
    }),
    keyId: uuid<KeyId>(),
    eventId: text(1, Math.max(MAX.usageEventIdChars, MAX.requestIdChars)).openapi({
      description:
        'The event: the id of a reported event, the requestId of a charge, or `reservation:<id>` for the settlement of a reservation.',
      example: 'call-4711',
    }),
    amount: usdAboveZero.nullish().openapi({
      description: 'The amount to subtract. Without this and byokAmount: the whole rest of the event.',
      example: '3.1',
    }),
    byokAmount: usdAboveZero
      .nullish()
      .openapi({ description: 'The same for usage that was paid elsewhere.' }),
    reason: text(1, MAX.reasonChars).openapi({ example: 'reported in the wrong unit' }),
  })
  .openapi('CorrectUsage')

const UsageCorrection = z
  .object({
    id: z.string().openapi({ example: 'refund-17' }),
    keyId: uuidOut,
    eventId: z.string().openapi({ example: 'call-4711' }),
    amount: usdOut.openapi({ description: 'The corrected amount.', example: '3.1' }),
    byokAmount: usdOut.openapi({ example: '0' }),
    at: timeOut.openapi({
      description: 'The time of the event; the correction counts in the windows of that time.',
    }),
    recordedAt: timeOut,
    reason: z.string(),
    replayed: z
      .literal(true)
      .optional()
      .openapi({ description: 'True when an earlier call had made this correction already.' }),
  })
  .openapi('UsageCorrection')

/** `POST /usage/corrections` (docs/api.md, "Corrections"). */
export const correctUsage = operation(
  {
    method: 'post',
    path: '/usage/corrections',
    operationId: 'correctUsage',
    summary: 'Correct usage that was recorded by mistake',
    description:
      'Subtracts all or part of one event, in the windows of that event, and never more than its rest. It needs the role ADMIN or ROOT, is recorded in the audit log, and has a line of its own in reports. Events can be corrected as long as they are kept.',
    tags: ['usage'],
    security: SECURITY,
    request: { body: jsonBody(CorrectUsage) },
    responses: { 201: json(UsageCorrection, 'The corrected amount.'), ...problems(404, 409, 415) },
  },
  { callers: 'CORRECT_USAGE', action: 'usage.correct', target: 'key' },
  async (c) => {
    const { amount, byokAmount, ...order } = c.req.valid('json')
    const asked = { ...order, amount: amount ?? null, byokAmount: byokAmount ?? null }
    const corrected = await c.get('latchkey').correct(c.get('call'), asked)
    const body = render(corrected)
    return corrected.replayed ? c.json(body, 201, { [REPLAYED_HEADER]: 'true' }) : c.json(body, 201)
  },
)

function render({ correction, replayed }: Corrected): z.infer<typeof UsageCorrection> {
  const { id, keyId, eventId, amount, byokAmount, at, recordedAt, reason } = correction
  return {
    id,
    keyId,
    eventId,
    amount: formatUsd(amount),
    byokAmount: formatUsd(byokAmount),
    at: formatInstant(at),
    recordedAt: formatInstant(recordedAt),
    reason,
    ...(replayed ? { replayed: true as const } : {}),
  }
}
