import type { Key } from '@latchkey/client'
import type { ComponentChildren } from 'preact'
import { useEffect, useState } from 'preact/hooks'
import { Link, useSearchParams } from 'wouter-preact'
import { useKeys, useNames, useUsers, useWorkspaces } from '../api/queries.ts'
import { withParam } from '../parts/address.ts'
import { BudgetBar, bindingOf } from '../parts/budget.tsx'
import { SelectField, TextField } from '../parts/field.tsx'
import { Icon } from '../parts/icons.tsx'
import { keyName, typeable } from '../parts/key-name.ts'
import { Paging, ShowMore } from '../parts/paging.tsx'
import { Head, managesOthers } from '../parts/shell.tsx'
import { Empty, Loading, Problem } from '../parts/states.tsx'
import { Status } from '../parts/status.tsx'
import { type Column, Table } from '../parts/table.tsx'
import { Time } from '../parts/time.tsx'
import { Usd } from '../parts/usd.tsx'
import { useSignedIn } from '../parts/who.ts'
import { BulkBar } from './keys-bulk.tsx'
import { type FilterName, isFiltered, keyQueryOf } from './keys-filters.ts'

const TYPING_MS = 250

/** All keys: search, filters, order, and changes of many at once. */
export function KeysPage() {
  const [params, setParams] = useSearchParams()
  const query = keyQueryOf(params, Date.now())
  const keys = useKeys(query)
  const rows = keys.data?.data ?? []
  const names = useNames(rows)
  const [chosen, setChosen] = useState<Record<string, true>>({})

  return (
    <>
      <Head title="Keys">
        <Link class="button primary" href="/keys/new">
          <Icon name="plus" />
          Create key
        </Link>
      </Head>
      <Filters params={params} set={(name, value) => setParams(withParam(name, value), { replace: true })} />
      {keys.error !== null && <Problem error={keys.error} retry={() => void keys.refetch()} />}
      {keys.isPending && <Loading what="Loading keys" />}
      {keys.data !== undefined && rows.length === 0 && (
        <NoKeys
          isFiltered={isFiltered(params)}
          hasMore={keys.data.nextCursor !== null}
          clear={() => setParams({})}
        />
      )}
      {rows.length > 0 && (
        <Table
          caption="Keys"
          columns={columnsWith(names)}
          rows={rows}
          nameOf={keyName}
          selection={{ chosen, onChange: setChosen }}
          isStale={keys.isPlaceholderData}
        />
      )}
      <BulkBar chosen={rows.filter(({ id }) => chosen[id])} clear={() => setChosen({})} />
      {keys.data !== undefined && (
        <Paging
          label="Pages of keys"
          back="Previous page"
          forth="Next page"
          cursor={params.get('cursor')}
          nextCursor={keys.data.nextCursor}
          go={(cursor, options) => {
            setParams(withParam('cursor', cursor), options)
            setChosen({})
          }}
        />
      )}
    </>
  )
}

function columnsWith({ owners, workspaces }: ReturnType<typeof useNames>): Column<Key>[] {
  return [
    { id: 'name', name: 'Key', cell: (key) => <NameCell of={key} /> },
    {
      id: 'owner',
      name: 'Owner',
      cell: ({ ownerId }) => {
        const owner = owners.get(ownerId)
        return owner === undefined ? (
          <span class="muted">…</span>
        ) : (
          <span class="person">
            <span class="clamped">{owner.displayName}</span>
            <span class="muted small-text">{ROLE_WORDS[owner.role] ?? owner.role}</span>
          </span>
        )
      },
    },
    {
      id: 'workspace',
      name: 'Workspace',
      cell: ({ workspaceId }) => <span class="wrap clamped">{workspaces.get(workspaceId)?.name ?? '…'}</span>,
    },
    { id: 'status', name: 'Status', cell: (key) => <Status of={key} /> },
    { id: 'spend', name: 'Spend', cell: (key) => <SpendCell of={key} /> },
    {
      id: 'used',
      name: 'Last used',
      cell: ({ lastUsedAt }) =>
        lastUsedAt === null ? <span class="muted">Never used</span> : <Time at={lastUsedAt} />,
    },
  ]
}

const ROLE_WORDS: Record<string, string> = {
  ROOT: 'person, root',
  ADMIN: 'person, admin',
  USER: 'person',
  SERVICE: 'service',
}

function NameCell({ of: { hash, name, mask, labels } }: { of: Key }) {
  return (
    <div class="name-cell">
      <Link class="clamped" href={`/keys/${hash}`}>
        {typeable(name) || <span class="muted">Without a name</span>}
      </Link>
      <span class="mono muted small-text">{mask}</span>
      {Object.keys(labels).length > 0 && <Labels of={labels} most={LABELS} />}
    </div>
  )
}

// The rest is on the page of the key: one user's labels must not push the keys of others out of sight.
const LABELS = 4

/** Labels as small tags; of many only the first ones. */
export function Labels({
  of,
  most = Number.POSITIVE_INFINITY,
}: {
  of: Record<string, string>
  most?: number
}) {
  const all = Object.entries(of)
  return (
    <span class="tags">
      {all.slice(0, most).map(([name, value]) => (
        <span key={name} class="tag clamped">
          {name}={value}
        </span>
      ))}
      {all.length > most && <span class="muted small-text">and {all.length - most} more</span>}
    </span>
  )
}

function SpendCell({ of: { budget, usage } }: { of: Key }) {
  const binding = bindingOf(budget)
  return (
    <div class="spend-cell">
      {binding === null ? (
        <span>
          <Usd amount={usage.monthly} />
          <span class="muted"> this month, no limit</span>
        </span>
      ) : (
        <BudgetBar line={binding} />
      )}
    </div>
  )
}

function NoKeys(props: { isFiltered: boolean; hasMore: boolean; clear: () => void }) {
  if (props.hasMore)
    return (
      <Empty title="None on this page">
        <p>The filters match few keys. Go to the next page to look further.</p>
      </Empty>
    )
  if (props.isFiltered)
    return (
      <Empty title="No key matches">
        <p>Change the filters, or look at all keys.</p>
        <button type="button" class="button" onClick={props.clear}>
          Clear the filters
        </button>
      </Empty>
    )
  return (
    <Empty title="There are no keys yet">
      <p>A key lets a program or a customer in. Its secret is shown once, when you make it.</p>
      <Link class="button primary" href="/keys/new">
        Create the first key
      </Link>
    </Empty>
  )
}

function Filters({
  params,
  set,
}: {
  params: URLSearchParams
  set: (name: FilterName, value: string) => void
}) {
  const signedIn = useSignedIn()
  const value = (name: FilterName) => params.get(name) ?? ''
  const choose = (name: FilterName) => (chosen: string) => set(name, chosen)
  return (
    <search class="filters" aria-label="Filters">
      <div class="double">
        <Typed
          label="Search"
          placeholder="Name or mask"
          value={value('search')}
          onSettled={choose('search')}
        />
      </div>
      <SelectField label="Status" value={value('status')} onChange={choose('status')} options={STATUSES} />
      <SelectField label="Order" value={value('sort')} onChange={choose('sort')} options={SORTS} />
      <MoreFilters isOpen={MORE.some((name) => value(name) !== '')}>
        {managesOthers(signedIn) && <OwnerFilter value={value('ownerId')} onChange={choose('ownerId')} />}
        <WorkspaceFilter value={value('workspaceId')} onChange={choose('workspaceId')} />
        <Typed
          label="Label"
          placeholder="env=production"
          value={value('label')}
          onSettled={choose('label')}
        />
        <SelectField label="Risk" value={value('risk')} onChange={choose('risk')} options={RISK_NAMES} />
        <SelectField
          label="Unused for"
          value={value('unused')}
          onChange={choose('unused')}
          options={UNUSED}
        />
        <SelectField
          label="Expires"
          value={value('expires')}
          onChange={choose('expires')}
          options={EXPIRES}
        />
        <SelectField label="Access" value={value('access')} onChange={choose('access')} options={ACCESSES} />
      </MoreFilters>
    </search>
  )
}

const MORE = ['risk', 'ownerId', 'workspaceId', 'label', 'unused', 'expires', 'access'] as const

/** Folded on a narrow screen, unless a filter is set; otherwise the keys would begin below the visible part. */
function MoreFilters({ isOpen, children }: { isOpen: boolean; children: ComponentChildren }) {
  const [isWide] = useState(() => matchMedia('(min-width: 761px)').matches)
  return (
    <details class="more" open={isWide || isOpen}>
      <summary>More filters</summary>
      <div class="filters">{children}</div>
    </details>
  )
}

const STATUSES = [
  ['', 'All but revoked'],
  ['active', 'Active'],
  ['disabled', 'Disabled'],
  ['expired', 'Expired'],
  ['not_yet_valid', 'Not yet valid'],
  ['revoked', 'Revoked'],
] as const
const RISK_NAMES = [
  ['', 'Any or none'],
  ['nearLimit', 'Over or near a limit'],
  ['unlimited', 'No limit'],
  ['neverExpires', 'Never expires'],
] as const
const UNUSED = [
  ['', 'Any time'],
  ['7', '7 days'],
  ['30', '30 days'],
  ['90', '90 days'],
  ['365', 'A year'],
] as const
const EXPIRES = [
  ['', 'At any time'],
  ['1', 'Within a day'],
  ['7', 'Within 7 days'],
  ['30', 'Within 30 days'],
  ['90', 'Within 90 days'],
] as const
const ACCESSES = [
  ['', 'Any'],
  ['use', 'Use'],
  ['manage', 'Manage'],
  ['full', 'Full'],
] as const
const SORTS = [
  ['', 'Newest first'],
  ['lastUsedAt', 'Last used first'],
  ['expiresAt', 'Expires soonest'],
  ['spent', 'Spent most'],
] as const

function OwnerFilter({ value, onChange }: { value: string; onChange: (value: string) => void }) {
  const users = useUsers()
  const options = (users.data?.pages ?? []).flatMap(({ data }) =>
    data.map(({ id, displayName }) => [id, displayName] as const),
  )
  return (
    <SelectField
      label="Owner"
      value={value}
      onChange={onChange}
      options={withUnknown([['', 'Anybody'], ...options], value)}
      hint={users.hasNextPage && <ShowMore of={users} what="users" />}
    />
  )
}

function WorkspaceFilter({ value, onChange }: { value: string; onChange: (value: string) => void }) {
  const workspaces = useWorkspaces()
  const options = (workspaces.data?.pages ?? []).flatMap(({ data }) =>
    data.map(({ id, name }) => [id, name] as const),
  )
  return (
    <SelectField
      label="Workspace"
      value={value}
      onChange={onChange}
      options={withUnknown([['', 'Any'], ...options], value)}
      hint={workspaces.hasNextPage && <ShowMore of={workspaces} what="workspaces" />}
    />
  )
}

/** The value in the address stays chosen, also when it is not among the records that were read. */
function withUnknown(options: (readonly [string, string])[], value: string) {
  return options.some(([id]) => id === value) ? options : [...options, [value, value] as const]
}

/** A text field that filters a moment after the last keystroke. */
function Typed(props: {
  label: string
  placeholder: string
  value: string
  onSettled: (value: string) => void
}) {
  const { label, placeholder, value, onSettled } = props
  const [typed, setTyped] = useState(value)
  useEffect(() => setTyped(value), [value])
  useEffect(() => {
    if (typed === value) return
    const timer = setTimeout(() => onSettled(typed), TYPING_MS)
    return () => clearTimeout(timer)
  }, [typed])
  return <TextField label={label} type="search" placeholder={placeholder} value={typed} onInput={setTyped} />
}
