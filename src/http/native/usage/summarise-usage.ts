import { z } from '@hono/zod-openapi'
import { MAX } from '../../../core/ground/bounds.ts'
import { DAY_MS } from '../../../core/ground/clock.ts'
import type {
  NamedKind,
  ReportedNames,
  UsageReportQuery,
  UsageReportRow,
} from '../../../core/metering/reports.ts'
import { formatUsd, type NanoUsd } from '../../../core/money/money.ts'
import type { KeyId, WorkspaceId } from '../../../core/types.ts'
import { answerCsv, type CsvColumn, prefersCsv } from '../../kernel/csv.ts'
import { filterText, formatInstant, instantOrDay, uuid } from '../../kernel/input.ts'
import { answerList } from '../../kernel/json-list.ts'
import { operation } from '../../kernel/operation.ts'
import { named, problems, SECURITY, timeOut, usdOut } from '../wire.ts'
import { type AskedGrouping, groupBy } from './group-by.ts'

const INTERVALS = ['hour', 'day', 'week', 'month'] as const satisfies readonly UsageReportQuery['interval'][]
const DAYS_SHOWN = 30
const query = z.strictObject({
  from: instantOrDay.optional().openapi({
    description: `The interval that it lies in is the first. A time in UTC, or a day, which stands for its first moment: \`2026-11-01\` is \`2026-11-01T00:00:00Z\`. ${DAYS_SHOWN} days before \`to\` when absent.`,
  }),
  to: instantOrDay.optional().openapi({
    description:
      'The end, exclusive: the interval before it is the last. A day stands for its first moment, so with `to=2026-11-30` the last day is 29 November; the whole of November is `from=2026-11-01&to=2026-12-01`. Now when absent.',
    example: '2026-12-01',
  }),
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
        'The value of each groupBy, by its name; null for usage without that customer, label or meta name. Null when the report is not grouped.',
      example: { key: '019aab62-7c00-7b3c-8e1f-5a7c1f1b2d3e', 'meta:model': 'small' },
    }),
  names: z
    .record(z.string(), z.string().nullable())
    .optional()
    .openapi({
      description:
        'The names of the records in `group`, by the same name: of a key its name, of an owner its username, of a workspace its name; also of revoked and deleted ones. Null for one that the caller may not read; absent when the report is not grouped by such records, and when the caller may read none.',
      example: { key: 'OpenCode' },
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
    const call = c.get('call')
    const latchkey = c.get('latchkey')
    const {
      from,
      to = latchkey.clock.now(),
      interval = 'day',
      groupBy: asked = [],
      ...filters
    } = c.req.valid('query')
    const { rows, names } = await latchkey.usage.summarise(call, {
      from: from ?? to - DAYS_SHOWN * DAY_MS,
      to,
      interval,
      groupBy: asked.map(({ by }) => by),
      ...named(filters),
    })
    const report = {
      rows: rows.flatMap(linesOf),
      render: (line: ReportLine) => renderLine(line, asked, names),
      besides: names,
    }
    if (prefersCsv(c.req.header('accept'))) {
      const table = { ...report, columns: columnsOf(asked, names), name: 'usage.csv' }
      // The framework knows the answer only as JSON.
      return (await answerCsv(c, table)) as never
    }
    return answerList(c, { ...report, member: 'data', rest: {} })
  },
)

type Line = z.infer<typeof Row>

/** One line of a report: the recorded amounts of a row, or those that were taken back. */
interface ReportLine {
  row: UsageReportRow
  isCorrection: boolean
}

function linesOf(row: UsageReportRow): ReportLine[] {
  const recorded = { row, isCorrection: false }
  const isCorrected = row.corrected !== 0n || row.byokCorrected !== 0n
  return isCorrected ? [recorded, { row, isCorrection: true }] : [recorded]
}

function columnsOf(asked: readonly AskedGrouping[], names: ReportedNames): CsvColumn<Line>[] {
  const groups = asked.flatMap(({ name, by }): CsvColumn<Line>[] => {
    const column = { head: name, cell: ({ group }: Line) => group?.[name] ?? '', isText: true as const }
    return by.kind in names
      ? [column, { ...column, head: `${name}Name`, cell: ({ names: of }) => of?.[name] ?? '' }]
      : [column]
  })
  return [
    { head: 'start', cell: ({ start }) => start },
    ...groups,
    { head: 'amount', cell: ({ amount }) => amount },
    { head: 'byokAmount', cell: ({ byokAmount }) => byokAmount },
    { head: 'requests', cell: ({ requests }) => String(requests) },
    { head: 'correction', cell: ({ correction }) => String(correction ?? false) },
  ]
}

function renderLine(
  { row, isCorrection }: ReportLine,
  asked: readonly AskedGrouping[],
  names: ReportedNames,
): Line {
  const { amount, byokAmount, requests, corrected, byokCorrected } = row
  const place = {
    start: formatInstant(row.start),
    group:
      asked.length === 0
        ? null
        : Object.fromEntries(asked.map(({ name }, at) => [name, row.groups[at] ?? null])),
    ...namesIn(row, asked, names),
  }
  const money = (of: NanoUsd, ofByok: NanoUsd) => ({ amount: formatUsd(of), byokAmount: formatUsd(ofByok) })
  return isCorrection
    ? { ...place, ...money(-corrected, -byokCorrected), requests: 0, correction: true }
    : { ...place, ...money(amount + corrected, byokAmount + byokCorrected), requests }
}

function namesIn(
  { groups }: UsageReportRow,
  asked: readonly AskedGrouping[],
  names: ReportedNames,
): Pick<Line, 'names'> {
  const found = asked.flatMap(({ name, by }, at) => {
    const ofKind = names[by.kind as NamedKind]
    return ofKind === undefined ? [] : [[name, ofKind.get(groups[at] ?? '') ?? null]]
  })
  return found.length === 0 ? {} : { names: Object.fromEntries(found) }
}
