import type { User } from '@latchkey/client'
import { useState } from 'preact/hooks'
import { Link } from 'wouter-preact'
import { api } from '../api/client.ts'
import { useUsers } from '../api/queries.ts'
import { useAct } from '../parts/act.ts'
import { SelectField, TextField } from '../parts/field.tsx'
import { FormDialog } from '../parts/form-dialog.tsx'
import { GrowingList } from '../parts/growing-list.tsx'
import { Icon } from '../parts/icons.tsx'
import { Head } from '../parts/shell.tsx'
import { Empty } from '../parts/states.tsx'
import { Pill } from '../parts/status.tsx'
import type { Column } from '../parts/table.tsx'
import { Time } from '../parts/time.tsx'
import { limitsChange, textsOf } from './limit-texts.ts'
import { LimitsCell, SharedLimitFields } from './limits.tsx'

/** The roles, with their purpose. */
export const ROLES = [
  ['USER', 'User: manages its own keys'],
  ['SERVICE', "Service: your API's backend, verifies any key"],
  ['ADMIN', 'Admin: manages everybody’s keys'],
  ['ROOT', 'Root: everything'],
] as const

const COLUMNS: Column<User>[] = [
  {
    id: 'name',
    name: 'User',
    cell: ({ id, displayName, username, email }) => (
      <div class="name-cell">
        <Link href={`/users/${id}`}>{displayName}</Link>
        <span class="muted small-text wrap">
          {[username, email].filter((each) => each !== null).join(', ')}
        </span>
      </div>
    ),
  },
  { id: 'role', name: 'Role', cell: ({ role }) => role.charAt(0) + role.slice(1).toLowerCase() },
  {
    id: 'status',
    name: 'Status',
    cell: ({ disabled }) => (disabled ? <Pill tone="off">Disabled</Pill> : <Pill tone="good">Active</Pill>),
  },
  { id: 'limits', name: 'Limits', cell: ({ limits }) => <LimitsCell of={limits} /> },
  { id: 'created', name: 'Created', cell: ({ createdAt }) => <Time at={createdAt} as="day" /> },
]

/** The owners of keys. */
export function UsersPage() {
  const users = useUsers()
  const [isAdding, setAdding] = useState(false)
  return (
    <>
      <Head title="Users">
        <button type="button" class="button primary" onClick={() => setAdding(true)}>
          <Icon name="plus" />
          Add user
        </button>
      </Head>
      <GrowingList
        title="Users"
        of={users}
        columns={COLUMNS}
        nameOf={({ displayName }) => displayName}
        empty={
          <Empty title="There are no users yet">
            <p>A user owns keys, and its limits count for all of them together.</p>
          </Empty>
        }
      />
      {isAdding && <AddUser onClose={() => setAdding(false)} />}
    </>
  )
}

function AddUser({ onClose }: { onClose: () => void }) {
  const [user, setUser] = useState({ displayName: '', username: '', email: '', role: 'USER' })
  const [limits, setLimits] = useState(textsOf({}))
  const set = (changes: Partial<typeof user>) => setUser((now) => ({ ...now, ...changes }))
  const act = useAct(async () => {
    const caps = limitsChange(textsOf({}), limits)
    await api.users.create({
      ...user,
      email: user.email || null,
      ...(caps === undefined ? {} : { limits: caps }),
    })
    onClose()
  })
  const isReady = user.displayName.trim() !== '' && user.username.trim() !== ''
  return (
    <FormDialog title="Add a user" onClose={onClose} act={act} word="Add user" isReady={isReady}>
      <TextField
        label="Name"
        value={user.displayName}
        onInput={(displayName) => set({ displayName })}
        placeholder="Ada Lovelace"
      />
      <TextField
        label="Username"
        value={user.username}
        onInput={(username) => set({ username })}
        placeholder="ada"
        hint="One word."
      />
      <TextField
        label="E-mail"
        type="email"
        value={user.email}
        onInput={(email) => set({ email })}
        placeholder="ada@example.com"
        hint="May be left out."
      />
      <SelectField label="Role" value={user.role} onChange={(role) => set({ role })} options={ROLES} />
      <SharedLimitFields limits={limits} set={setLimits} />
    </FormDialog>
  )
}
