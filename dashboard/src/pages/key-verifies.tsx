import type { Key, KeyVerifications } from '@latchkey/client'
import { useQuery } from '@tanstack/preact-query'
import { api } from '../api/client.ts'
import { LIVE_MS } from '../api/queries.ts'
import { count } from '../parts/money.ts'
import { CODE_WORDS, OutcomesPanel } from '../parts/outcomes.tsx'
import { Panel } from '../parts/panel.tsx'
import { Empty } from '../parts/states.tsx'
import { Pill } from '../parts/status.tsx'
import { Time } from '../parts/time.tsx'

/** The verdicts on a key; several panels share one read. */
export function useKeyVerifications(id: string) {
  return useQuery({
    queryKey: ['key verifications', id],
    queryFn: ({ signal }) => api.keys.verifications(id, {}, { signal }),
    refetchInterval: LIVE_MS,
  })
}

/** The outcomes of the last 24 hours. */
export function VerifiesPanel({ of }: { of: Key }) {
  return (
    <OutcomesPanel of={useKeyVerifications(of.id)}>
      <Empty title="Nobody has asked about it">
        <p>Each verify of this key, passed or refused, is counted here.</p>
      </Empty>
    </OutcomesPanel>
  )
}

/** Why the key was refused, the latest reason first. */
export function RefusalsPanel({ of }: { of: Key }) {
  return (
    <Panel title="Last refusals" note="14 days" of={useKeyVerifications(of.id)}>
      {({ refusals }) => (
        <>
          {refusals.length === 0 && <Empty title="It was never refused" />}
          <ul class="list">
            {refusals.map((refusal) => (
              <li key={`${refusal.code} ${refusal.limit?.scope} ${refusal.limit?.name}`}>
                <span class="row">
                  <Pill tone="bad">{CODE_WORDS[refusal.code] ?? refusal.code}</Pill>
                  <code>{refusal.code}</code>
                  {refusal.limit !== null && <span>{boundWords(refusal.limit)}</span>}
                </span>
                <span class="muted small-text">
                  {count(refusal.count)} {refusal.count === 1 ? 'time' : 'times'}, last{' '}
                  <Time at={refusal.lastAt} />
                  {refusal.lastIp !== null && ` from ${refusal.lastIp}`}
                </span>
              </li>
            ))}
          </ul>
        </>
      )}
    </Panel>
  )
}

function boundWords({ scope, name }: NonNullable<KeyVerifications['refusals'][number]['limit']>): string {
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
