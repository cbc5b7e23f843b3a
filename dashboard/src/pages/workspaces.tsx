import type { Workspace, WorkspaceWithBudget } from '@latchkey/client'
import { useState } from 'preact/hooks'
import { Link } from 'wouter-preact'
import { api } from '../api/client.ts'
import { useWorkspace, useWorkspaces } from '../api/queries.ts'
import { useAct } from '../parts/act.ts'
import { TextField } from '../parts/field.tsx'
import { FormDialog } from '../parts/form-dialog.tsx'
import { GrowingList } from '../parts/growing-list.tsx'
import { Icon } from '../parts/icons.tsx'
import { Head, managesOthers } from '../parts/shell.tsx'
import type { Column } from '../parts/table.tsx'
import { Time } from '../parts/time.tsx'
import { Unread } from '../parts/unread.tsx'
import { useSignedIn } from '../parts/who.ts'
import { limitsChange, textsOf } from './limit-texts.ts'
import { LimitsCell, SharedLimitFields } from './limits.tsx'
import { MembersPanel } from './members-panel.tsx'
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
