import { z } from '@hono/zod-openapi'
import type { Context } from 'hono'
import { MAX } from '../../../core/ground/bounds.ts'
import type { EventCounts } from '../../../core/ledger/units.ts'
import type { ReportedUsage } from '../../../core/metering/usage.ts'
import type { KeyId } from '../../../core/types.ts'
import { manyRecords } from '../../kernel/body.ts'
import type { Env } from '../../kernel/env.ts'
import { instant, text, usd, uuid } from '../../kernel/input.ts'
import type { ListCounts } from '../../kernel/json-scan.ts'
import { operation } from '../../kernel/operation.ts'
import { digest } from '../keys/key-ref.ts'
import { given, json, jsonBody, problems, SECURITY } from '../wire.ts'
import { usageMeta } from './usage-wire.ts'

const UsageEvent = z
  .strictObject({
    id: text(1, MAX.usageEventIdChars).openapi({
      description:
        'Chosen by the caller; repeating it for the same key changes nothing. The requestId of a charge is such an id.',
      example: 'call-4711',
    }),
    keyId: uuid<KeyId>().nullish(),
    hash: digest
      .nullish()
      .openapi({ description: 'Instead of keyId: the hash, or the SHA-256 of any secret of the key.' }),
    amount: usd,
    byokAmount: usd.nullish().openapi({ description: 'Usage that was paid elsewhere.' }),
    requests: z.int().min(0).max(MAX.usageRequests).nullish(),
    at: instant.nullish().openapi({
      description:
        'When it happened, which decides its windows; now when absent. Within the last 400 days, and at most 5 minutes ahead.',
    }),
    meta: usageMeta.openapi({ example: { model: 'small' } }),
  })
  .transform((event, context): ReportedUsage => {
    const { id, keyId, hash, amount, byokAmount, requests, at, meta: facts } = event
    const rest = {
      id,
      amount,
      byokAmount: byokAmount ?? 0n,
      requests: requests ?? 1,
      meta: facts ?? {},
      ...given({ at }),
    }
    if (keyId && !hash) return { ...rest, key: { id: keyId } }
    if (hash && !keyId) return { ...rest, key: { digest: hash } }
    context.addIssue({
      code: 'custom',
      path: ['keyId'],
      message: 'Name the key by exactly one of keyId and hash.',
    })
    return z.NEVER
  })
  .openapi('UsageEvent', {
    example: {
      id: 'call-4711',
      keyId: '019aab62-7c00-7b3c-8e1f-5a7c1f1b2d3e',
      amount: '0.0125',
      meta: { model: 'small' },
    },
  })

const ReportUsage = z
  .strictObject({ events: z.array(UsageEvent).min(1).max(MAX.usageEvents) })
  .openapi('ReportUsage')

const Reported = z
  .object({
    accepted: z.int().openapi({ example: 1 }),
    duplicates: z
      .int()
      .openapi({ description: 'Events that had been reported before with the same content.', example: 0 }),
    conflicts: z
      .array(
        z.object({
          id: z.string().openapi({ example: 'call-4712' }),
          pointer: z.string().openapi({ description: 'Its place in this request.', example: '/events/1' }),
        }),
      )
      .openapi({
        description: 'Events whose id is known with other content. The first record stays.',
        example: [],
      }),
  })
  .openapi('UsageReported')

/** `POST /usage` (docs/api.md#report-usage). */
export const reportUsage = operation(
  {
    method: 'post',
    path: '/usage',
    operationId: 'reportUsage',
    summary: 'Report usage',
    description:
      'The answer comes when all events are on disk. Events count even beyond a limit, because the money is already spent. A refused call has recorded nothing; a call that fails otherwise may have recorded some events, above all with the code partly_done. Send it again with the same ids: recorded events are duplicates and change nothing.',
    tags: ['usage'],
    security: SECURITY,
    request: { body: jsonBody(ReportUsage) },
    responses: { 200: json(Reported, 'How many events were new.'), ...problems(415) },
  },
  {
    callers: 'REPORT_USAGE',
    action: 'usage.report',
    target: 'key',
    dataPlane: true,
    body: manyRecords('events', MAX.usageEvents, 'meta'),
    judgeBody: {
      size: (c, bytes) => c.get('latchkey').usage.requireRoom(c.get('call'), mostOf(bytes)),
      counts: (c, counts) => c.get('latchkey').usage.requireRoom(c.get('call'), leastOf(counts)),
    },
    alsoWrong,
  },
  async (c) => {
    const { events } = c.req.valid('json')
    const { conflicts, ...counts } = await c.get('latchkey').usage.report(c.get('call'), events)
    const places = conflicts.map(({ id, index }) => ({ id, pointer: `/events/${index}` }))
    return c.json({ ...counts, conflicts: places }, 200)
  },
)

// The members of an event, and one comma behind it: what an event has of values besides those of its metadata. Empty metadata is one more.
const VALUES_PER_EVENT = Object.keys(UsageEvent.in.shape).length + 2
// The text itself, its root, and its list.
const OTHER_VALUES = 3

// A shorter text is no event with as many metadata names as there may be: some 70 characters, and 7 for each name with its value.
const FULL_EVENT_BYTES = 70 + 7 * MAX.usageMetaEntries

/** What a report of this size holds at most: as many full events as fit into it. A name writes more rows for its bytes than the rest of an event. */
export function mostOf(bytes: number): EventCounts {
  const events = Math.min(MAX.usageEvents, Math.ceil(bytes / FULL_EVENT_BYTES))
  return { events, metaEntries: events * MAX.usageMetaEntries }
}

/** How many events a valid report has, and how many metadata names they have at least. */
export function leastOf({ items, values }: ListCounts): EventCounts {
  return { events: items, metaEntries: Math.max(0, values - OTHER_VALUES - items * VALUES_PER_EVENT) }
}

/** The errors of events that only the domain finds, so that one answer reports them together with those of the schema. */
function alsoWrong(c: Context<Env>, rest: unknown) {
  return c.get('latchkey').usage.wrongWith((rest as { events: (ReportedUsage | null)[] }).events)
}
