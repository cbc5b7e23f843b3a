import type { Workspace, WorkspaceWithBudget } from '@latchkey/client'
import { useQuery } from '@tanstack/preact-query'
import { useState } from 'preact/hooks'
import { Link } from 'wouter-preact'
import { api } from '../api/client.ts'
import { LIVE_MS, useUsers, useWorkspace, useWorkspaces } from '../api/queries.ts'
import { useAct } from '../parts/act.ts'
import { SelectField, TextField } from '../parts/field.tsx'
import { FormDialog } from '../parts/form-dialog.tsx'
import { GrowingList } from '../parts/growing-list.tsx'
import { Icon } from '../parts/icons.tsx'
import { ShowMore } from '../parts/paging.tsx'
import { Head, managesOthers } from '../parts/shell.tsx'
import { Empty, Loading, Problem } from '../parts/states.tsx'
import type { Column } from '../parts/table.tsx'
import { Time } from '../parts/time.tsx'
import { Unread } from '../parts/unread.tsx'
import { useSignedIn } from '../parts/who.ts'
import { limitsChange, textsOf } from './limit-texts.ts'
import { LimitsCell, SharedLimitFields } from './limits.tsx'
import { KeysPanel, SharedBudget } from './person-panels.tsx'

const COLUMNS: Column<Workspace>[] = [
  {
    id: 'name',
    name: 'Workspace',
    cell: ({ id, name, slug, isDefault }) => (
      <div class="name-cell">
        <Link href={`/workspaces/${id}`}>{name}</Link>
        <span class="muted small-text">
          {slug}
          {isDefault && ', the default'}
        </span>
      </div>
    ),
  },
  {
    id: 'description',
    name: 'Description',
    cell: ({ description }) => <span class="wrap">{description ?? ''}</span>,
  },
  { id: 'limits', name: 'Limits', cell: ({ limits }) => <LimitsCell of={limits} /> },
  { id: 'created', name: 'Created', cell: ({ createdAt }) => <Time at={createdAt} as="day" /> },
]

/** The groups of keys. */
export function WorkspacesPage() {
  const signedIn = useSignedIn()
  const workspaces = useWorkspaces()
  const [isAdding, setAdding] = useState(false)
  return (
    <>
      <Head title="Workspaces">
        {managesOthers(signedIn) && (
          <button type="button" class="button primary" onClick={() => setAdding(true)}>
            <Icon name="plus" />
            Add workspace
          </button>
        )}
      </Head>
      <GrowingList title="Workspaces" of={workspaces} columns={COLUMNS} nameOf={({ name }) => name} />
      {isAdding && <WorkspaceDialog onClose={() => setAdding(false)} />}
    </>
  )
}

/** One workspace: its limits, its keys and its members. */
export function WorkspacePage({ id }: { id: string }) {
  const signedIn = useSignedIn()
  const workspace = useWorkspace(id)
  const [isEditing, setEditing] = useState(false)
  if (workspace.data === undefined) return <Unread of={workspace} noun="workspace" />
  const of = workspace.data
  return (
    <>
      <Head title={of.name} kicker={<Link href="/workspaces">Workspaces</Link>}>
        {managesOthers(signedIn) && (
          <button type="button" class="button" onClick={() => setEditing(true)}>
            Change…
          </button>
        )}
      </Head>
      {of.description && <p class="muted key-line wrap">{of.description}</p>}
      <div class="panels">
        <SharedBudget budget={of.budget} />
        <KeysPanel filter={{ workspaceId: of.id }} all={`/keys?workspaceId=${of.id}`} />
        {!of.isDefault && <MembersPanel of={of} />}
      </div>
      {isEditing && <WorkspaceDialog of={of} onClose={() => setEditing(false)} />}
    </>
  )
}

function MembersPanel({ of }: { of: Workspace }) {
  const signedIn = useSignedIn()
  const members = useQuery({
    queryKey: ['members', of.id],
    queryFn: ({ signal }) => api.workspaces.members.list(of.id, { limit: 100 }, { signal }).page(),
    refetchInterval: 4 * LIVE_MS,
  })
  const remove = useAct((id: string) => api.workspaces.members.remove(of.id, id))
  const inside = new Set(members.data?.data.map((member) => member.userId))
  return (
    <section class="card panel half">
      <h2>Members</h2>
      <p class="hint">Users see and use the workspaces that they belong to. Admins see all.</p>
      {members.isPending && <Loading />}
      {[members.error, remove.error].map(
        (error) => error !== null && <Problem key={String(error)} error={error} />,
      )}
      {members.data?.data.length === 0 && <Empty title="No members yet" />}
      <ul class="list">
        {members.data?.data.map((member) => (
          <li key={member.userId}>
            <Link class="wrap" href={`/users/${member.userId}`}>
              {member.displayName}
            </Link>
            {managesOthers(signedIn) && (
              <button
                type="button"
                class="button small quiet"
                disabled={remove.isBusy}
                onClick={() => void remove.run(member.userId)}
              >
                Remove<span class="hidden"> {member.displayName}</span>
              </button>
            )}
          </li>
        ))}
      </ul>
      {members.data !== undefined && members.data.nextCursor !== null && (
        <p class="hint">These are the first 100; there are more.</p>
      )}
      {managesOthers(signedIn) && <AddMember of={of} inside={inside} />}
    </section>
  )
}

function AddMember({ of, inside }: { of: Workspace; inside: ReadonlySet<string> }) {
  const users = useUsers()
  const [userId, setUserId] = useState('')
  const add = useAct(async () => {
    await api.workspaces.members.add(of.id, { userId })
    setUserId('')
  })
  const others = (users.data?.pages ?? []).flatMap(({ data }) => data.filter(({ id }) => !inside.has(id)))
  return (
    <>
      {add.error !== null && <Problem error={add.error} />}
      <form
        class="row foot"
        onSubmit={(event) => {
          event.preventDefault()
          if (userId !== '') void add.run()
        }}
      >
        <SelectField
          label="Add a member"
          value={userId}
          onChange={setUserId}
          options={[
            ['', 'Choose a user'],
            ...others.map(({ id, displayName }) => [id, displayName] as const),
          ]}
          hint={users.hasNextPage && <ShowMore of={users} what="users" />}
        />
        <button type="submit" class="button" disabled={userId === '' || add.isBusy}>
          Add
        </button>
      </form>
    </>
  )
}

function WorkspaceDialog({ of, onClose }: { of?: WorkspaceWithBudget; onClose: () => void }) {
  const [original] = useState(of)
  const [workspace, setWorkspace] = useState({
    name: of?.name ?? '',
    slug: of?.slug ?? '',
    description: of?.description ?? '',
  })
  const [limits, setLimits] = useState(textsOf(of?.limits ?? {}))
  const set = (changes: Partial<typeof workspace>) => setWorkspace((now) => ({ ...now, ...changes }))
  const act = useAct(async () => {
    const caps = limitsChange(textsOf(original?.limits ?? {}), limits)
    const body = {
      ...workspace,
      description: workspace.description.trim() || null,
      ...(caps === undefined ? {} : { limits: caps }),
    }
    if (original === undefined) await api.workspaces.create(body)
    else await api.workspaces.update(original.id, body, { ifRevision: original.revision })
    onClose()
  })
  return (
    <FormDialog
      title={of === undefined ? 'Add a workspace' : `Change ${of.name}`}
      onClose={onClose}
      act={act}
      word={of === undefined ? 'Add workspace' : 'Save'}
    >
      <TextField
        label="Name"
        value={workspace.name}
        onInput={(name) => set({ name })}
        placeholder="Billing team"
      />
      <TextField
        label="Slug"
        value={workspace.slug}
        onInput={(slug) => set({ slug })}
        placeholder="billing-team"
        hint="Lower-case words joined by hyphens; it stands in addresses."
      />
      <TextField
        label="Description"
        value={workspace.description}
        onInput={(description) => set({ description })}
      />
      <SharedLimitFields limits={limits} set={setLimits} />
    </FormDialog>
  )
}
