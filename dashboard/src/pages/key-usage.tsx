import type { Key, UsageReport } from '@latchkey/client'
import { useQuery } from '@tanstack/preact-query'
import { api } from '../api/client.ts'
import { Chart, type Series } from '../parts/chart.tsx'
import { DAY_MS } from '../parts/day.ts'
import { decimal, nano, usd } from '../parts/money.ts'
import { Panel } from '../parts/panel.tsx'
import { Empty } from '../parts/states.tsx'

const DAYS = 30
const dayName = new Intl.DateTimeFormat(undefined, { day: 'numeric', month: 'short', timeZone: 'UTC' })

/** The spending of a key on each of the last days, usage paid elsewhere apart, with its daily limit as a line. */
export function UsagePanel({ of }: { of: Key }) {
  const usage = useQuery({
    queryKey: ['usage', of.id],
    queryFn: ({ signal }) => {
      const from = new Date(Date.now() - (DAYS - 1) * DAY_MS).toISOString()
      return api.usage.summarise({ keyId: of.id, interval: 'day', from }, { signal })
    },
    refetchInterval: 15_000,
  })
  return (
    <Panel title="Spend per day" note={`the last ${DAYS} days, UTC`} of={usage}>
      {(rows) => (
        <>
          {rows.length === 0 ? (
            <Empty title="Nothing spent yet">
              <p>What is charged, settled and reported for this key is added up here.</p>
            </Empty>
          ) : (
            <UsageChart rows={rows} cap={of.limits.daily} />
          )}
          <dl class="facts">
            <dt>Today</dt>
            <dd class="number">{usd(of.usage.daily)}</dd>
            <dt>This month</dt>
            <dd class="number">{usd(of.usage.monthly)}</dd>
            <dt>In all</dt>
            <dd class="number">
              {usd(of.usage.total)}
              {nano(of.usage.byok.total) !== 0n && (
                <span class="muted"> and {usd(of.usage.byok.total)} paid elsewhere</span>
              )}
            </dd>
          </dl>
        </>
      )}
    </Panel>
  )
}

function UsageChart({ rows, cap }: { rows: UsageReport['data']; cap: string | undefined }) {
  const { starts, amount, byok } = perDay(rows, Date.now())
  const series: Series[] = [
    { name: 'Spent', values: amount, colour: 'accent' },
    ...(byok.some((value) => value !== 0)
      ? [{ name: 'Paid elsewhere (BYOK)', values: byok, colour: 'info' }]
      : []),
    ...(cap === undefined
      ? []
      : [
          {
            name: `Daily limit ${usd(cap)}`,
            values: starts.map(() => Number(cap)),
            colour: 'bad',
            isLine: true,
          },
        ]),
  ]
  return (
    <Chart
      label="Spend per day in USD"
      starts={starts}
      series={series}
      format={(value) => `$${value.toLocaleString('en-US', { maximumFractionDigits: value < 1 ? 4 : 2 })}`}
      formatStart={(seconds) => dayName.format(seconds * 1_000)}
    />
  )
}

/** The rows of a report by day, also for days without usage; corrections are added to the amounts that they correct. */
function perDay(rows: UsageReport['data'], now: number) {
  const today = Math.floor(now / DAY_MS) * DAY_MS
  const starts = Array.from({ length: DAYS }, (_, index) => (today - (DAYS - 1 - index) * DAY_MS) / 1_000)
  const sums = new Map<number, { amount: bigint; byok: bigint }>()
  for (const row of rows) {
    const start = Date.parse(row.start) / 1_000
    const known = sums.get(start) ?? { amount: 0n, byok: 0n }
    sums.set(start, { amount: known.amount + nano(row.amount), byok: known.byok + nano(row.byokAmount) })
  }
  const valuesOf = (member: 'amount' | 'byok') =>
    starts.map((start) => Number(decimal(sums.get(start)?.[member] ?? 0n)))
  return { starts, amount: valuesOf('amount'), byok: valuesOf('byok') }
}
