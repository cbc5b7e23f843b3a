import type { UsageQuery, UsageReport } from '../../packages/client/src/index.ts'
import { type CommandRow, type Context, type Given, textOf, textsOf } from './command.ts'
import { showRows } from './show.ts'
import { type Paint, padded, paintFor, printable, widthOf } from './text.ts'
import { momentBack } from './values.ts'

type Row = UsageReport['data'][number]

const COLUMNS = [
  { head: 'START', value: ({ start }: Row) => start },
  { head: 'GROUP', value: ({ group }: Row) => valuesOf(group) },
  { head: 'NAME', value: ({ names }: Row) => valuesOf(names) },
  { head: 'AMOUNT', value: ({ amount }: Row) => amount },
  { head: 'BYOK AMOUNT', value: ({ byokAmount }: Row) => byokAmount },
  { head: 'REQUESTS', value: ({ requests }: Row) => String(requests) },
]

function valuesOf(members: Row['group'] | Row['names']): string {
  return Object.values(members ?? {})
    .map((each) => each ?? 'none')
    .join(' ')
}

/** The group for people: a record by its name, if known. Two records with one name stay distinguishable. */
function shownGroup({ group, names }: Row): string {
  return Object.entries(group ?? {})
    .map(([name, value]) => {
      const known = names?.[name]
      return known == null ? (value ?? 'none') : `${known} (${value})`
    })
    .join('  ')
}

const NANO_DIGITS = 9

/** An amount in nano-dollars, so that sums are exact. */
function nanoOf(amount: string): bigint {
  const [whole = '0', part = ''] = amount.replace('-', '').split('.')
  const nano = BigInt(whole) * 10n ** BigInt(NANO_DIGITS) + BigInt(part.padEnd(NANO_DIGITS, '0'))
  return amount.startsWith('-') ? -nano : nano
}

function usdOf(nano: bigint): string {
  const digits = (nano < 0n ? -nano : nano).toString().padStart(NANO_DIGITS + 1, '0')
  const part = digits.slice(-NANO_DIGITS).replace(/0+$/, '')
  return `${nano < 0n ? '-' : ''}${digits.slice(0, -NANO_DIGITS)}${part === '' ? '' : `.${part}`}`
}

/** The spending as bars, one for each interval and group. */
export function usageChart(
  rows: readonly Row[],
  { columns, paint }: { columns: number; paint: Paint },
): string {
  const sums = new Map<string, bigint>()
  for (const row of rows) {
    const group = shownGroup(row)
    const name = `${shortStart(row.start)}${group === '' ? '' : `  ${printable(group)}`}`
    sums.set(name, (sums.get(name) ?? 0n) + nanoOf(row.amount))
  }
  const amounts = [...sums.values()]
  const most = amounts.reduce((max, each) => (each > max ? each : max), 0n)
  const nameWidth = Math.max(0, ...[...sums.keys()].map(widthOf))
  const amountWidth = Math.max(0, ...amounts.map((each) => usdOf(each).length))
  const barWidth = Math.max(10, columns - nameWidth - amountWidth - 6)
  const lines = [...sums].map(([name, nano]) => {
    const eighths = most === 0n || nano <= 0n ? 0 : Number((nano * BigInt(barWidth) * 8n) / most)
    const bar = paint('cyan', barOf(eighths, nano > 0n))
    return `${padded(name, nameWidth)}  ${usdOf(nano).padStart(amountWidth)}  ${bar}`.trimEnd()
  })
  const total = usdOf(amounts.reduce((sum, each) => sum + each, 0n))
  return `${[...lines, `${padded('total', nameWidth)}  ${total.padStart(amountWidth)}  USD`].join('\n')}\n`
}

const PARTS = ['', '▏', '▎', '▍', '▌', '▋', '▊', '▉']

function barOf(eighths: number, isSome: boolean): string {
  // Even the smallest amount gets a visible bar.
  const shown = isSome ? Math.max(1, eighths) : eighths
  return '█'.repeat(Math.floor(shown / 8)) + (PARTS[shown % 8] ?? '')
}

/** The start of an interval, without the parts that are always zero. */
function shortStart(start: string): string {
  return start.replace(/T00:00:00\.000Z$/, '').replace(/:00\.000Z$/, 'Z')
}

async function usage(context: Context, given: Given): Promise<undefined> {
  const [from, to, interval, keyId, workspace, endUser] = [
    'from',
    'to',
    'interval',
    'key',
    'workspace',
    'endUser',
  ].map((name) => textOf(given, name))
  const groupBy = textsOf(given, 'groupBy')
  const client = context.client()
  const now = context.now()
  const query: UsageQuery = {
    ...(from !== undefined && { from: momentBack('--from', from, now) }),
    ...(to !== undefined && { to: momentBack('--to', to, now) }),
    ...(interval !== undefined && { interval: interval as 'day' }),
    ...(groupBy.length > 0 && { groupBy }),
    ...(keyId !== undefined && { keyId: (await client.keys.get(keyId)).id }),
    ...(endUser !== undefined && { externalUserId: endUser }),
    ...(workspace !== undefined && { workspaceId: (await client.workspaces.get(workspace)).id }),
  }
  const rows = await client.usage.summarise(query)
  if (context.output !== 'table') {
    const shower = showRows<Row>(context, COLUMNS)
    shower.rows(rows)
    shower.end()
    return undefined
  }
  const { terminal, env } = context
  if (rows.length === 0) terminal.err('Nothing was spent.\n')
  else terminal.out(usageChart(rows, { columns: terminal.columns, paint: paintFor(terminal, env) }))
  return undefined
}

/** The command for usage reports. */
export const USAGE_COMMANDS: readonly CommandRow[] = [
  {
    path: ['usage'],
    summary: 'Show what was spent, as a chart',
    options: [
      { flags: '--from <when>', doc: 'Since 7d ago, a date or a time; the last 30 days when absent.' },
      { flags: '--to <when>', doc: 'Until then, a date is its first moment in UTC; now when absent.' },
      {
        flags: '--interval <interval>',
        doc: 'One bar for each; day when absent.',
        choices: ['hour', 'day', 'week', 'month'],
      },
      {
        flags: '--group-by <what>',
        doc: 'key, owner, workspace, externalUserId, label:<name> or meta:<name>; two of them at most, of which one meta.',
        repeat: true,
      },
      { flags: '--key <key>', doc: 'Of one key alone.' },
      { flags: '--workspace <workspace>', doc: 'Of one workspace alone.' },
      { flags: '--end-user <id>', doc: 'Of one of your customers alone, by your own id.' },
    ],
    examples: ['usage --from 7d', 'usage --interval month --group-by key --group-by meta:model --output csv'],
    shows: true,
    run: usage,
  },
]
