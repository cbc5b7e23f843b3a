import { z } from '@hono/zod-openapi'
import { MAX } from '../../../core/ground/bounds.ts'
import { DAY_MS } from '../../../core/ground/clock.ts'
import { isTokenCount } from '../../../core/metering/activity.ts'
import type { UsageReportQuery, UsageReportRow } from '../../../core/metering/reports.ts'
import { formatUsd, type NanoUsd } from '../../../core/money/money.ts'
import type { KeyId, WorkspaceId } from '../../../core/types.ts'
import { answerCsv, type CsvColumn, prefersCsv } from '../../kernel/csv.ts'
import { filterText, formatInstant, instantOrDay, labelName, uuid } from '../../kernel/input.ts'
import { answerList } from '../../kernel/json-list.ts'
import { operation } from '../../kernel/operation.ts'
import { named, problems, SECURITY, timeOut, usdOut } from '../wire.ts'

const INTERVALS = ['hour', 'day', 'week', 'month'] as const satisfies readonly UsageReportQuery['interval'][]
const DAYS_SHOWN = 30
const GROUP_BY = /^(?:(key|owner|workspace|externalUserId)|(label|meta):(.+))$/s

const groupBy = z
  .string()
  .max(`label:`.length + MAX.labelNameChars)
  .transform((text, context): { name: string; by: UsageReportQuery['groupBy'] } => {
    const [, kind, named, name = ''] = GROUP_BY.exec(text) ?? []
    if (kind === 'externalUserId') return { name: text, by: { kind: 'externalUser' } }
    if (kind !== undefined) return { name: text, by: { kind: kind as 'key' | 'owner' | 'workspace' } }
    if (named === 'label' && labelName.safeParse(name).success)
      return { name: text, by: { kind: 'label', name } }
    if (named === 'meta' && isTokenCount(name)) {
      const message = `${name} is a count: GET /api/v1/activity adds it up, and nothing is grouped by it.`
      context.addIssue({ code: 'custom', message })
      return z.NEVER
    }
    if (named === 'meta' && name.length <= MAX.usageMetaNameChars)
      return { name: text, by: { kind: 'meta', name } }
    context.addIssue({
      code: 'custom',
      message: 'Must be key, owner, workspace, externalUserId, label:<name> or meta:<name>.',
    })
    return z.NEVER
  })
  .openapi({ type: 'string', example: 'meta:model' })

const query = z.strictObject({
  from: instantOrDay.optional().openapi({
    description: `The interval it lies in is the first. ${DAYS_SHOWN} days before \`to\` when absent.`,
  }),
  to: instantOrDay
    .optional()
    .openapi({ description: 'Exclusive; the interval before it is the last. Now when absent.' }),
  interval: z.enum(INTERVALS).optional().openapi({ default: 'day' }),
  groupBy: groupBy.optional(),
  keyId: uuid<KeyId>().optional(),
  workspaceId: uuid<WorkspaceId>().optional(),
  externalUserId: filterText(MAX.externalUserIdChars)
    .optional()
    .openapi({ description: 'Only keys that stand for this customer now.', example: 'customer-1' }),
})

function days(interval: keyof typeof MAX.reportSpanMs): number {
  return MAX.reportSpanMs[interval] / DAY_MS
}

const Row = z.object({
  start: timeOut.openapi({ description: 'The start of the interval, in UTC; weeks start on Monday.' }),
  group: z
    .record(z.string(), z.string().nullable())
    .nullable()
    .openapi({
      description:
        'The value of groupBy; null for usage without that label or meta name. Null when the report is not grouped.',
      example: { 'meta:model': 'small' },
    }),
  amount: usdOut,
  byokAmount: usdOut.openapi({ description: 'Usage that was paid elsewhere.', example: '0' }),
  requests: z.int(),
  correction: z.literal(true).optional().openapi({
    description:
      'Set on a line with the corrections of the line before it. Its amounts are negative, so the sum of all lines is the usage that counts.',
  }),
})

const Report = z.object({ data: z.array(Row) }).openapi('UsageReport')

/** `GET /usage` (docs/api.md#add-usage-up). */
export const summariseUsage = operation(
  {
    method: 'get',
    path: '/usage',
    operationId: 'summariseUsage',
    summary: 'Report usage sums',
    description: `By whole intervals, oldest first, those without usage left out; to the nano-dollar what the events add up to. It covers at most ${days('hour')} days by hour and ${days('day')} by day, week or month; more than ${MAX.reportRows} rows are refused, and more than ${MAX.reportSums} stored sums to add up. With \`Accept: text/csv\` it answers a table for spreadsheets; a text in it that begins like a formula has an apostrophe before it. A caller with the role USER sees its own keys.`,
    tags: ['usage'],
    security: SECURITY,
    request: { query },
    responses: {
      200: {
        description: 'One row per interval and group, and one more row for its corrections, if any.',
        content: { 'application/json': { schema: Report }, 'text/csv': { schema: z.string() } },
      },
      ...problems(404),
    },
  },
  { callers: 'READ_USAGE', action: 'usage.summarise', target: 'key' },
  async (c) => {
    const { call, latchkey } = c.var
    const {
      from,
      to = latchkey.clock.now(),
      interval = 'day',
      groupBy: group,
      ...filters
    } = c.req.valid('query')
    const rows = await latchkey.usage.summarise(call, {
      from: from ?? to - DAYS_SHOWN * DAY_MS,
      to,
      interval,
      groupBy: group?.by ?? { kind: 'none' },
      ...named(filters),
    })
    const lines = rows.flatMap((row) => renderRow(row, group?.name))
    if (prefersCsv(c.req.header('accept'))) {
      const table = { rows: lines, columns: columnsOf(group?.name), name: 'usage.csv' }
      // What the framework knows of the answer is its JSON.
      return (await answerCsv(c, table)) as never
    }
    return answerList(c, { member: 'data', rows: lines, render: (line) => line, rest: {} })
  },
)

type Line = z.infer<typeof Row>

function columnsOf(groupedBy: string | undefined): CsvColumn<Line>[] {
  const group: CsvColumn<Line>[] =
    groupedBy === undefined
      ? []
      : [{ head: groupedBy, cell: ({ group: by }) => by?.[groupedBy] ?? '', isText: true }]
  return [
    { head: 'start', cell: ({ start }) => start },
    ...group,
    { head: 'amount', cell: ({ amount }) => amount },
    { head: 'byokAmount', cell: ({ byokAmount }) => byokAmount },
    { head: 'requests', cell: ({ requests }) => String(requests) },
    { head: 'correction', cell: ({ correction }) => String(correction ?? false) },
  ]
}

/** The line of what was recorded, and one of what was taken back of it. */
function renderRow(row: UsageReportRow, groupedBy: string | undefined): z.infer<typeof Row>[] {
  const { amount, byokAmount, requests, corrected, byokCorrected } = row
  const place = {
    start: formatInstant(row.start),
    group: groupedBy === undefined ? null : { [groupedBy]: row.group },
  }
  const money = (of: NanoUsd, ofByok: NanoUsd) => ({ amount: formatUsd(of), byokAmount: formatUsd(ofByok) })
  const recorded = { ...place, ...money(amount + corrected, byokAmount + byokCorrected), requests }
  if (corrected === 0n && byokCorrected === 0n) return [recorded]
  return [recorded, { ...place, ...money(-corrected, -byokCorrected), requests: 0, correction: true }]
}
