import { z } from '@hono/zod-openapi'
import type { ThresholdCrossing } from '../../../core/ledger/entries.ts'
import { THRESHOLDS } from '../../../core/money/thresholds.ts'
import { LIMIT_WINDOWS } from '../../../core/money/windows.ts'
import { formatInstant, instant } from '../../kernel/input.ts'
import { operation } from '../../kernel/operation.ts'
import { SCOPES } from '../budget-wire.ts'
import { answerPage, pageAsked, pageOf, pageQuery } from '../paging.ts'
import { json, named, problems, SECURITY, timeOut, uuidOut } from '../wire.ts'

const PERCENTS = THRESHOLDS.map(String)

const CrossingOut = z
  .object({
    scope: z
      .enum(SCOPES)
      .openapi({ description: 'Whether the limit belongs to the key, its owner or its workspace.' }),
    id: uuidOut.openapi({ description: 'The id of that key, user or workspace.' }),
    window: z.enum(LIMIT_WINDOWS).openapi({ description: 'The window of the limit.' }),
    start: timeOut.openapi({ description: 'The start of the window; the epoch for `total`.' }),
    percent: z.int().openapi({ description: '50, 80 or 100 of the limit in force.', example: 80 }),
    at: timeOut.openapi({ description: 'When settled usage reached it.' }),
  })
  .openapi('RecordThresholdCrossing')

const query = z.strictObject({
  since: instant.optional().openapi({ description: 'Only crossings from this time on, inclusive.' }),
  percent: z
    .enum(PERCENTS)
    .transform(Number)
    .optional()
    .openapi({ type: 'integer', enum: [...THRESHOLDS], description: 'Only this threshold.' }),
  ...pageQuery,
})

/** `GET /thresholds` (docs/api.md#thresholds). */
export const listAllThresholds = operation(
  {
    method: 'get',
    path: '/thresholds',
    operationId: 'listAllThresholds',
    summary: 'List the thresholds of limits that any record has crossed',
    description:
      'Lists when settled usage of a key, a user or a workspace reached 50, 80 or 100 % of a limit: once per window and threshold, oldest first. For alerts, ask again from a few seconds before the last `at`, because an entry may appear a moment later with an earlier `at`, and skip the entries that you have. A USER sees its own crossings and those of its keys.',
    tags: ['usage'],
    security: SECURITY,
    request: { query },
    responses: {
      200: json(pageOf(CrossingOut).openapi('RecordThresholdCrossingPage'), 'One page of crossings.'),
      ...problems(),
    },
  },
  { callers: 'READ_USAGE', action: 'usage.thresholds', target: 'system' },
  async (c) => {
    const { limit, cursor, ...filters } = c.req.valid('query')
    const listed = { list: 'thresholds', ...filters }
    const asked = { ...named(filters), ...pageAsked({ limit, cursor }, listed) }
    const page = await c.get('latchkey').accounts.allCrossings(c.get('call'), asked)
    return answerPage(c, page, { listed, render: renderCrossing })
  },
)

function renderCrossing({
  account,
  window,
  start,
  percent,
  at,
}: ThresholdCrossing): z.infer<typeof CrossingOut> {
  const { kind, id } = account
  return { scope: kind, id, window, start: formatInstant(start), percent, at: formatInstant(at) }
}
