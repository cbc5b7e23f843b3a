import type { KeyHealth } from '@latchkey/client'
import { useQuery } from '@tanstack/preact-query'
import { Link } from 'wouter-preact'
import { api } from '../api/client.ts'
import { LIVE_MS, useKeys } from '../api/queries.ts'
import { DAY_MS } from '../parts/day.ts'
import { Icon } from '../parts/icons.tsx'
import { keyName } from '../parts/key-name.ts'
import { count, decimal, nano, usd } from '../parts/money.ts'
import { OutcomesPanel, sumOf } from '../parts/outcomes.tsx'
import { Panel } from '../parts/panel.tsx'
import { Head } from '../parts/shell.tsx'
import { Empty, Problem } from '../parts/states.tsx'
import { Time } from '../parts/time.tsx'
import { keyQueryOf } from './keys-filters.ts'
import { NodesPanel } from './nodes-panel.tsx'

/** Keys at risk first, then the activity. */
export function OverviewPage() {
  return (
    <>
      <Head title="Overview">
        <Link class="button primary" href="/keys/new">
          <Icon name="plus" />
          Create key
        </Link>
      </Head>
      <Risks />
      <div class="panels">
        <Today />
        <Verifies />
        <Failing />
        <Expiring />
        <NodesPanel />
      </div>
    </>
  )
}

type Risk = keyof KeyHealth

const CARDS: { risk: Risk; name: string; hint: string; href: string; tone: 'warn' | 'bad' }[] = [
  {
    risk: 'nearLimit',
    name: 'Over or near a limit',
    hint: '80 % of a limit or more is used',
    href: '/keys?risk=nearLimit',
    tone: 'bad',
  },
  {
    risk: 'unlimited',
    name: 'No limit',
    hint: 'May spend without end',
    href: '/keys?risk=unlimited',
    tone: 'warn',
  },
  {
    risk: 'neverExpires',
    name: 'Never expires',
    hint: 'Works until somebody revokes it',
    href: '/keys?risk=neverExpires',
    tone: 'warn',
  },
  {
    risk: 'unused',
    name: 'Unused for 90 days',
    hint: 'Likely safe to disable',
    href: '/keys?unused=90',
    tone: 'warn',
  },
]

function Risks() {
  const health = useQuery({
    queryKey: ['health'],
    queryFn: ({ signal }) => api.keys.health({ signal }),
    refetchInterval: 4 * LIVE_MS,
  })
  return (
    <section aria-label="Keys that want looking at">
      {health.error !== null && <Problem error={health.error} retry={() => void health.refetch()} />}
      <ul class="cards">
        {CARDS.map(({ risk, name, hint, href, tone }) => {
          const found = health.data?.[risk]
          const state =
            found === undefined ? 'card risk' : found.count > 0 ? `card risk ${tone}` : 'card risk none'
          return (
            <li key={risk}>
              <Link class={state} href={href}>
                <span class="risk-name">{name}</span>
                <span class="risk-count number">
                  {found === undefined ? '…' : `${count(found.count)}${found.isMore ? '+' : ''}`}
                </span>
                <span class="muted small-text">{hint}</span>
              </Link>
            </li>
          )
        })}
      </ul>
    </section>
  )
}

function Today() {
  const figures = useQuery({
    queryKey: ['today'],
    queryFn: async ({ signal }) => {
      const today = Math.floor(Date.now() / DAY_MS) * DAY_MS
      const from = new Date(today - DAY_MS).toISOString()
      const [usage, verifies] = await Promise.all([
        api.usage.summarise({ from, interval: 'day' }, { signal }),
        api.verifications({ from, interval: 'day' }, { signal }),
      ])
      const spent = (start: number) =>
        decimal(
          usage
            .filter((row) => Date.parse(row.start) === start)
            .reduce((sum, row) => sum + nano(row.amount), 0n),
        )
      const asked = (start: number) =>
        verifies.data
          .filter((row) => Date.parse(row.start) === start)
          .reduce((sum, { counts }) => sum + sumOf(counts), 0)
      return {
        spend: [spent(today), spent(today - DAY_MS)] as const,
        verifies: [asked(today), asked(today - DAY_MS)] as const,
      }
    },
    refetchInterval: LIVE_MS,
  })
  return (
    <Panel title="Today" note="since midnight UTC" size="third" of={figures}>
      {({ spend, verifies }) => (
        <dl class="figures">
          <div>
            <dt>Spend</dt>
            <dd class="figure number">{usd(spend[0])}</dd>
            <dd class="muted small-text">yesterday {usd(spend[1])}</dd>
          </div>
          <div>
            <dt>Verifies</dt>
            <dd class="figure number">{count(verifies[0])}</dd>
            <dd class="muted small-text">yesterday {count(verifies[1])}</dd>
          </div>
        </dl>
      )}
    </Panel>
  )
}

function useVerifications() {
  return useQuery({
    queryKey: ['verifications'],
    queryFn: ({ signal }) => api.verifications({ interval: 'hour' }, { signal }),
    refetchInterval: LIVE_MS,
  })
}

function Verifies() {
  return (
    <OutcomesPanel of={useVerifications()} size="two-thirds">
      <Empty title="Nobody has asked yet">
        <p>
          Your API asks <code>POST /v2/verify</code> about each key that it is called with.
        </p>
      </Empty>
    </OutcomesPanel>
  )
}

function Failing() {
  return (
    <Panel title="Refused most" note="the last 24 hours" size="third" of={useVerifications()}>
      {({ failing }) => (
        <>
          {failing.length === 0 && <Empty title="No key was refused" />}
          <ul class="list">
            {failing.map(({ keyId, name, mask, refused, valid }) => (
              <li key={keyId}>
                <Link class="wrap" href={`/keys/${keyId}`}>
                  {keyName({ name, mask })}
                </Link>
                <span class="small-text">
                  <strong class="number">{count(refused)}</strong> refused{' '}
                  <span class="muted">of {count(refused + valid)}</span>
                </span>
              </li>
            ))}
          </ul>
        </>
      )}
    </Panel>
  )
}

function Expiring() {
  const keys = useKeys({ ...keyQueryOf(new URLSearchParams({ expires: '7' }), Date.now()), limit: 10 })
  return (
    <Panel
      title="Expire within 7 days"
      size="third"
      note={<Link href="/keys?expires=7">All of them</Link>}
      of={keys}
    >
      {({ data }) => (
        <>
          {data.length === 0 && <Empty title="None" />}
          <ul class="list">
            {data.map(({ id, hash, name, mask, expiresAt }) => (
              <li key={id}>
                <Link class="wrap" href={`/keys/${hash}`}>
                  {keyName({ name, mask })}
                </Link>
                {expiresAt !== null && (
                  <span class="small-text">
                    <Time at={expiresAt} />
                  </span>
                )}
              </li>
            ))}
          </ul>
        </>
      )}
    </Panel>
  )
}
