import type { Key, KeyVerifications } from '@latchkey/client'
import { useQuery } from '@tanstack/preact-query'
import { api } from '../api/client.ts'
import { LIVE_MS } from '../api/queries.ts'
import { count } from '../parts/money.tsx'
import { CODE_WORDS, OutcomesChart } from '../parts/outcomes.tsx'
import { Empty, Loading, Problem } from '../parts/states.tsx'
import { Pill } from '../parts/status.tsx'
import { Time } from '../parts/time.tsx'

/** How verifies of a key went; what several panels show of it is read once. */
export function useKeyVerifications(id: string) {
  return useQuery({
    queryKey: ['key verifications', id],
    queryFn: ({ signal }) => api.keys.verifications(id, {}, { signal }),
    refetchInterval: LIVE_MS,
  })
}

/** The outcomes of the last 24 hours. */
export function VerifiesPanel({ of }: { of: Key }) {
  const verifies = useKeyVerifications(of.id)
  return (
    <section class="card panel half">
      <div class="panel-head">
        <h2>Verifies</h2>
        <span class="muted small-text">the last 24 hours</span>
      </div>
      {verifies.isPending && <Loading />}
      {verifies.error !== null && <Problem error={verifies.error} retry={() => void verifies.refetch()} />}
      {verifies.data !== undefined &&
        (verifies.data.data.length === 0 ? (
          <Empty title="Nobody has asked about it">
            <p>Each verify of this key, passed or refused, is counted here.</p>
          </Empty>
        ) : (
          <OutcomesChart data={verifies.data.data} />
        ))}
    </section>
  )
}

/** Why the key was refused, the latest reason first. */
export function RefusalsPanel({ of }: { of: Key }) {
  const verifies = useKeyVerifications(of.id)
  const refusals = verifies.data?.refusals ?? []
  return (
    <section class="card panel half">
      <div class="panel-head">
        <h2>Last refusals</h2>
        <span class="muted small-text">14 days</span>
      </div>
      {verifies.data !== undefined && refusals.length === 0 && <Empty title="It was never refused" />}
      <ul class="list">
        {refusals.map((refusal) => (
          <li key={`${refusal.code} ${refusal.limit?.scope} ${refusal.limit?.name}`}>
            <span class="row">
              <Pill tone="bad">{CODE_WORDS[refusal.code] ?? refusal.code}</Pill>
              <code>{refusal.code}</code>
              {refusal.limit !== null && <span>{limitWords(refusal.limit)}</span>}
            </span>
            <span class="muted small-text">
              {count(refusal.count)} {refusal.count === 1 ? 'time' : 'times'}, last{' '}
              <Time at={refusal.lastAt} />
              {refusal.lastIp !== null && ` from ${refusal.lastIp}`}
            </span>
          </li>
        ))}
      </ul>
    </section>
  )
}

function limitWords({ scope, name }: NonNullable<KeyVerifications['refusals'][number]['limit']>): string {
  switch (scope) {
    case 'rate':
      return `by the rate limit “${name}”`
    case 'user':
      return `by the ${name} limit of its owner`
    case 'workspace':
      return `by the ${name} limit of its workspace`
    default:
      return `by its ${name} limit`
  }
}
