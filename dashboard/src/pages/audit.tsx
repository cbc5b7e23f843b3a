import type { AuditEntry, AuditQuery, User } from '@latchkey/client'
import { Link, useSearchParams } from 'wouter-preact'
import { useAudit, useUsersById } from '../api/queries.ts'
import { withParam } from '../parts/address.ts'
import { SelectField, TextField } from '../parts/field.tsx'
import { Paging } from '../parts/paging.tsx'
import { Head } from '../parts/shell.tsx'
import { Empty, Loading, Problem } from '../parts/states.tsx'
import { Pill } from '../parts/status.tsx'
import { type Column, Table } from '../parts/table.tsx'
import { Time } from '../parts/time.tsx'
import { sentenceOf } from './audit-words.ts'

const NAMES = ['targetKind', 'targetId', 'actorUserId', 'action', 'outcome', 'from', 'to', 'cursor'] as const
type Name = (typeof NAMES)[number]

/** All changes with their actors, and the denied attempts. */
export function AuditPage() {
  const [params, setParams] = useSearchParams()
  const audit = useAudit(auditQueryOf(params))
  const rows = audit.data?.data ?? []
  const actors = useUsersById(rows.flatMap(({ actor }) => actor.userId ?? []))
  return (
    <>
      <Head title="Audit log" />
      <Filters
        params={params}
        set={(name, chosen) => setParams(withParam(name, chosen.trim()), { replace: true })}
      />
      {audit.isPending && <Loading what="Loading the log" />}
      {audit.error !== null && <Problem error={audit.error} retry={() => void audit.refetch()} />}
      {audit.data !== undefined && rows.length === 0 && (
        <Empty title="No entry matches">
          <button type="button" class="button" onClick={() => setParams({})}>
            Clear the filters
          </button>
        </Empty>
      )}
      {rows.length > 0 && (
        <Table
          caption="Audit log"
          columns={columnsWith(actors)}
          rows={rows}
          nameOf={sentenceOf}
          isStale={audit.isPlaceholderData}
        />
      )}
      {audit.data !== undefined && (
        <Paging
          label="Pages of the log"
          back="Newer"
          forth="Older"
          cursor={params.get('cursor')}
          nextCursor={audit.data.nextCursor}
          go={(cursor, options) => setParams(withParam('cursor', cursor), options)}
        />
      )}
    </>
  )
}

function Filters(props: { params: URLSearchParams; set: (name: Name, chosen: string) => void }) {
  const value = (name: Name) => props.params.get(name) ?? ''
  const set = (name: Name) => (chosen: string) => props.set(name, chosen)
  return (
    <search class="filters" aria-label="Filters">
      <SelectField label="About" value={value('targetKind')} onChange={set('targetKind')} options={KINDS} />
      <SelectField label="Action" value={value('action')} onChange={set('action')} options={ACTIONS} />
      <SelectField label="Outcome" value={value('outcome')} onChange={set('outcome')} options={OUTCOMES} />
      <div class="double">
        <TextField
          label="From (local time)"
          type="datetime-local"
          value={value('from')}
          onInput={set('from')}
        />
      </div>
      <div class="double">
        <TextField label="To (local time)" type="datetime-local" value={value('to')} onInput={set('to')} />
      </div>
      <div class="double">
        <TextField label="Id of the record" isMono value={value('targetId')} onInput={set('targetId')} />
      </div>
    </search>
  )
}

const KINDS = [
  ['', 'Everything'],
  ['key', 'Keys'],
  ['user', 'Users'],
  ['workspace', 'Workspaces'],
  ['system', 'The system'],
] as const
const OUTCOMES = [
  ['', 'All'],
  ['done', 'Done'],
  ['denied', 'Denied'],
] as const
const ACTIONS = [
  ['', 'All'],
  ...[
    'key.create',
    'key.update',
    'key.rotate',
    'key.revoke',
    'key.boost',
    'user.create',
    'user.update',
    'user.delete',
    'workspace.create',
    'workspace.update',
    'workspace.delete',
    'usage.correct',
  ].map((action) => [action, action] as const),
] as const

function auditQueryOf(params: URLSearchParams): AuditQuery {
  const query: AuditQuery = { limit: 50 }
  for (const name of NAMES) {
    const value = params.get(name)?.trim()
    if (value === undefined || value === '') continue
    const isTime = name === 'from' || name === 'to'
    if (isTime && Number.isNaN(Date.parse(value))) continue
    Object.assign(query, { [name]: isTime ? new Date(value).toISOString() : value })
  }
  return query
}

function columnsWith(actors: ReadonlyMap<string, User>): Column<AuditEntry>[] {
  return [
    {
      id: 'what',
      name: 'What',
      cell: (entry) => (
        <div class="name-cell">
          <strong>{sentenceOf(entry)}</strong>
          {entry.reason !== null && <span class="muted wrap">“{entry.reason}”</span>}
          <Changes of={entry} />
        </div>
      ),
    },
    {
      id: 'outcome',
      name: 'Outcome',
      cell: ({ outcome, count }) =>
        outcome === 'denied' ? (
          <Pill tone="bad">{count > 1 ? `Denied ${count} times` : 'Denied'}</Pill>
        ) : (
          <Pill tone="good">Done</Pill>
        ),
    },
    { id: 'target', name: 'Record', cell: ({ target }) => <Target of={target} /> },
    {
      id: 'who',
      name: 'Who',
      cell: ({ actor, ip }) => (
        <span class="wrap">
          {actor.userId === null ? (
            'The server itself'
          ) : (
            <Link href={`/users/${actor.userId}`}>{actors.get(actor.userId)?.displayName ?? 'A user'}</Link>
          )}
          {ip !== null && (
            <>
              <br />
              <span class="muted small-text">{ip}</span>
            </>
          )}
        </span>
      ),
    },
    { id: 'when', name: 'When', cell: ({ lastAt }) => <Time at={lastAt} as="exact" /> },
  ]
}

function Target({ of: { kind, id } }: { of: AuditEntry['target'] }) {
  const paths: Record<string, string> = { key: '/keys/', user: '/users/', workspace: '/workspaces/' }
  const path = paths[kind]
  return path === undefined || id === null ? <span>{kind}</span> : <Link href={`${path}${id}`}>{kind}</Link>
}

function Changes({ of: { before, after } }: { of: AuditEntry }) {
  if (before === null && after === null) return null
  return (
    <details>
      <summary class="small-text">Before and after</summary>
      <pre>{JSON.stringify({ before, after }, null, 2)}</pre>
    </details>
  )
}
