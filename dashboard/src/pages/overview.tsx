import type { KeyHealth } from '@latchkey/client'
import { useQuery } from '@tanstack/preact-query'
import { Link } from 'wouter-preact'
import { api } from '../api/client.ts'
import { LIVE_MS, useKeys } from '../api/queries.ts'
import { Icon } from '../parts/icons.tsx'
import { count, decimal, nano, usd } from '../parts/money.tsx'
import { OutcomesChart, sumOf } from '../parts/outcomes.tsx'
import { Head } from '../parts/shell.tsx'
import { Empty, Loading, Problem } from '../parts/states.tsx'
import { Time } from '../parts/time.tsx'
import { keyQueryOf } from './keys-filters.ts'

/** Risk first: which keys want looking at, then what happens. */
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
        <OutcomesPanel />
        <Failing />
        <Expiring />
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

const DAY_MS = 86_400_000

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
    <section class="card panel third">
      <div class="panel-head">
        <h2>Today</h2>
        <span class="muted small-text">since midnight UTC</span>
      </div>
      {figures.isPending && <Loading />}
      {figures.error !== null && <Problem error={figures.error} retry={() => void figures.refetch()} />}
      {figures.data !== undefined && (
        <dl class="figures">
          <div>
            <dt>Spend</dt>
            <dd class="figure number">{usd(figures.data.spend[0])}</dd>
            <dd class="muted small-text">yesterday {usd(figures.data.spend[1])}</dd>
          </div>
          <div>
            <dt>Verifies</dt>
            <dd class="figure number">{count(figures.data.verifies[0])}</dd>
            <dd class="muted small-text">yesterday {count(figures.data.verifies[1])}</dd>
          </div>
        </dl>
      )}
    </section>
  )
}

function useVerifications() {
  return useQuery({
    queryKey: ['verifications'],
    queryFn: ({ signal }) => api.verifications({ interval: 'hour' }, { signal }),
    refetchInterval: LIVE_MS,
  })
}

function OutcomesPanel() {
  const verifies = useVerifications()
  return (
    <section class="card panel two-thirds">
      <div class="panel-head">
        <h2>Verifies</h2>
        <span class="muted small-text">the last 24 hours</span>
      </div>
      {verifies.isPending && <Loading />}
      {verifies.error !== null && <Problem error={verifies.error} retry={() => void verifies.refetch()} />}
      {verifies.data !== undefined &&
        (verifies.data.data.length === 0 ? (
          <Empty title="Nobody has asked yet">
            <p>
              Your API asks <code>POST /v2/verify</code> about each key that it is called with.
            </p>
          </Empty>
        ) : (
          <OutcomesChart data={verifies.data.data} />
        ))}
    </section>
  )
}

function Failing() {
  const verifies = useVerifications()
  const failing = verifies.data?.failing ?? []
  return (
    <section class="card panel half">
      <div class="panel-head">
        <h2>Refused most</h2>
        <span class="muted small-text">the last 24 hours</span>
      </div>
      {verifies.data !== undefined && failing.length === 0 && <Empty title="No key was refused" />}
      <ul class="list">
        {failing.map(({ keyId, name, mask, refused, valid }) => (
          <li key={keyId}>
            <Link class="wrap" href={`/keys/${keyId}`}>
              {name || mask}
            </Link>
            <span class="small-text">
              <strong class="number">{count(refused)}</strong> refused{' '}
              <span class="muted">of {count(refused + valid)}</span>
            </span>
          </li>
        ))}
      </ul>
    </section>
  )
}

function Expiring() {
  const keys = useKeys({ ...keyQueryOf(new URLSearchParams({ expires: '7' }), Date.now()), limit: 10 })
  return (
    <section class="card panel half">
      <div class="panel-head">
        <h2>Expire within 7 days</h2>
        <Link class="small-text" href="/keys?expires=7">
          All of them
        </Link>
      </div>
      {keys.error !== null && <Problem error={keys.error} retry={() => void keys.refetch()} />}
      {keys.data?.data.length === 0 && <Empty title="None" />}
      <ul class="list">
        {keys.data?.data.map(({ id, hash, name, mask, expiresAt }) => (
          <li key={id}>
            <Link class="wrap" href={`/keys/${hash}`}>
              {name || mask}
            </Link>
            {expiresAt !== null && (
              <span class="small-text">
                <Time at={expiresAt} />
              </span>
            )}
          </li>
        ))}
      </ul>
    </section>
  )
}
