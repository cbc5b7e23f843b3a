import type { Verifications } from '@latchkey/client'
import type { ComponentChildren, ComponentProps } from 'preact'
import { Chart, type Series } from './chart.tsx'
import { count } from './money.ts'
import { Panel } from './panel.tsx'

type Interval = Verifications['data'][number]
type Code = keyof Interval['counts'] & string

/** The codes of verdicts in a person's words, each with a colour; similar reasons share one. */
const GROUPS: { name: string; colour: string; codes: readonly Code[] }[] = [
  { name: 'Valid', colour: 'accent', codes: ['VALID'] },
  { name: 'Over a limit', colour: 'bad-fill', codes: ['BUDGET_EXCEEDED'] },
  { name: 'Too fast', colour: 'warn-fill', codes: ['RATE_LIMITED'] },
  { name: 'Not permitted', colour: 'info', codes: ['FORBIDDEN', 'INSUFFICIENT_PERMISSIONS'] },
  { name: 'Not alive', colour: 'line-strong', codes: ['DISABLED', 'EXPIRED', 'NOT_YET_VALID'] },
  { name: 'Unknown', colour: 'muted', codes: ['NOT_FOUND'] },
]

/** A code in words. */
export const CODE_WORDS: Record<string, string> = {
  VALID: 'Valid',
  NOT_FOUND: 'Unknown',
  DISABLED: 'Disabled',
  NOT_YET_VALID: 'Not yet valid',
  EXPIRED: 'Expired',
  FORBIDDEN: 'Address or access not allowed',
  INSUFFICIENT_PERMISSIONS: 'Permission missing',
  RATE_LIMITED: 'Too fast',
  BUDGET_EXCEEDED: 'Over a limit',
}

const HOUR_S = 3_600
const HOURS = 24
const hourName = new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit' })

/** The verdicts of each of the last 24 hours, or advice when there were none. */
export function OutcomesPanel(props: {
  of: ComponentProps<typeof Panel<{ data: readonly Interval[] }>>['of']
  size?: 'half' | 'two-thirds'
  children: ComponentChildren
}) {
  const { of, size = 'half', children } = props
  return (
    <Panel title="Verifies" note="the last 24 hours" size={size} of={of}>
      {({ data }) => (data.length === 0 ? children : <OutcomesChart data={data} />)}
    </Panel>
  )
}

function OutcomesChart({ data }: { data: readonly Interval[] }) {
  const now = Math.floor(Date.now() / 1_000 / HOUR_S) * HOUR_S
  const starts = Array.from({ length: HOURS }, (_, index) => now - (HOURS - 1 - index) * HOUR_S)
  const byStart = new Map(data.map(({ start, counts }) => [Date.parse(start) / 1_000, counts]))
  const series: Series[] = GROUPS.map(({ name, colour, codes }) => ({
    name,
    colour,
    values: starts.map((start) => sumOf(byStart.get(start) ?? {}, codes)),
  })).filter(({ name, values }) => name === 'Valid' || values.some((value) => value > 0))
  return (
    <Chart
      label="Verifies per hour by outcome"
      starts={starts}
      series={series}
      format={count}
      formatStart={(seconds) => hourName.format(seconds * 1_000)}
    />
  )
}

/** The number of verdicts of these codes. */
export function sumOf(
  counts: Interval['counts'],
  codes: readonly Code[] = Object.keys(counts) as Code[],
): number {
  return codes.reduce((sum, code) => sum + (counts[code] ?? 0), 0)
}
