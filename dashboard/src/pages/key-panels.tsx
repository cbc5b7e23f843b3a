import type { AuditEntry, Key, KeyVerifications } from '@latchkey/client'
import { useQuery } from '@tanstack/preact-query'
import { Link } from 'wouter-preact'
import { api } from '../api/client.ts'
import { LIVE_MS, useAudit } from '../api/queries.ts'
import { useAct } from '../parts/act.ts'
import { count } from '../parts/money.ts'
import { Panel } from '../parts/panel.tsx'
import { managesOthers } from '../parts/shell.tsx'
import { Empty, Problem } from '../parts/states.tsx'
import { Pill } from '../parts/status.tsx'
import { Time } from '../parts/time.tsx'
import { Usd } from '../parts/usd.tsx'
import { useSignedIn } from '../parts/who.ts'
import { sentenceOf } from './audit-words.ts'
import { useKeyVerifications } from './key-verifies.tsx'

/** The secrets that work now: the current one, and those whose overlap has not ended. */
export function SecretsPanel({ of }: { of: Key }) {
  const act = useAct(() => api.keys.endOverlap(of.id))
  const verifies = useKeyVerifications(of.id)
  const used = new Map(verifies.data?.secrets.map((each) => [each.createdAt, each]))
  return (
    <section class="card panel half">
      <div class="panel-head">
        <h2>Secrets</h2>
        {of.secrets.length > 1 && (
          <button type="button" class="button small" disabled={act.isBusy} onClick={() => void act.run()}>
            End the overlap now
          </button>
        )}
      </div>
      {act.error !== null && <Problem error={act.error} />}
      <ul class="list">
        {of.secrets.map((secret, index) => (
          <li key={`${secret.mask} ${secret.createdAt}`}>
            <span class="row">
              <code>{secret.mask}</code>
              {index === 0 ? <Pill tone="good">Current</Pill> : <Pill tone="info">Old</Pill>}
            </span>
            <span class="muted small-text">
              <SecretUses of={used.get(secret.createdAt)} />
              made <Time at={secret.createdAt} />
              {secret.expiresAt !== null && index > 0 && (
                <>
                  , works until <Time at={secret.expiresAt} as="exact" />
                </>
              )}
            </span>
          </li>
        ))}
      </ul>
    </section>
  )
}

/** The uses of a secret, which show when an overlap can end. */
function SecretUses({ of }: { of: KeyVerifications['secrets'][number] | undefined }) {
  if (of === undefined) return null
  if (of.lastUsedAt === null) return <>never used, </>
  return (
    <>
      <strong class="number">{count(of.uses)}</strong> {of.uses === 1 ? 'call' : 'calls'}, last{' '}
      <Time at={of.lastUsedAt} />,{' '}
    </>
  )
}

/** The amounts held for unfinished calls. */
export function ReservationsPanel({ of }: { of: Key }) {
  const open = useQuery({
    queryKey: ['reservations', of.id],
    queryFn: ({ signal }) =>
      api.reservations.list({ keyId: of.id, state: 'open', limit: 20 }, { signal }).page(),
    refetchInterval: LIVE_MS,
  })
  return (
    <Panel title="Open reservations" of={open}>
      {({ data, nextCursor }) => (
        <>
          {data.length === 0 && (
            <Empty title="Nothing is held">
              <p>Money that a call has reserved and not settled yet is shown here.</p>
            </Empty>
          )}
          <ul class="list">
            {data.map(({ id, amount, heldAt, expiresAt, requestId }) => (
              <li key={id}>
                <span>
                  <Usd amount={amount} /> <span class="muted small-text wrap">{requestId}</span>
                </span>
                <span class="muted small-text">
                  held <Time at={heldAt} />, runs out <Time at={expiresAt} />
                </span>
              </li>
            ))}
          </ul>
          {nextCursor !== null && <p class="hint">These are the newest 20; there are more.</p>}
        </>
      )}
    </Panel>
  )
}

/** The changes of a key, newest first. */
export function AuditPanel({ of }: { of: Key }) {
  const signedIn = useSignedIn()
  return managesOthers(signedIn) ? <Timeline targetId={of.id} /> : null
}

function Timeline({ targetId }: { targetId: string }) {
  const audit = useAudit({ targetId, limit: 20 })
  const all = <Link href={`/audit?targetId=${targetId}`}>All of it in the audit log</Link>
  return (
    <Panel title="What was done to it" note={all} of={audit}>
      {({ data }) => (
        <ol class="timeline">
          {data.map((entry) => (
            <TimelineEntry key={entry.id} entry={entry} />
          ))}
        </ol>
      )}
    </Panel>
  )
}

function TimelineEntry({ entry }: { entry: AuditEntry }) {
  return (
    <li class={entry.outcome === 'denied' ? 'denied' : undefined}>
      <div>
        <strong>{sentenceOf(entry)}</strong>
        {entry.reason !== null && <span class="wrap"> “{entry.reason}”</span>}
      </div>
      <div class="muted small-text">
        <Time at={entry.lastAt} as="exact" />
        {entry.ip !== null && ` from ${entry.ip}`}
        {entry.count > 1 && `, ${entry.count} times`}
      </div>
    </li>
  )
}
