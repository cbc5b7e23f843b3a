import { useQuery } from '@tanstack/preact-query'
import { readSettings, type ShownSetting } from '../api/client.ts'
import { Head } from '../parts/shell.tsx'
import { Loading, Problem } from '../parts/states.tsx'
import { Pill } from '../parts/status.tsx'
import { type Column, Table } from '../parts/table.tsx'
import { Time } from '../parts/time.tsx'
import { useSignedIn } from '../parts/who.ts'

type Row = ShownSetting & { id: string }

const COLUMNS: Column<Row>[] = [
  {
    id: 'name',
    name: 'Setting',
    cell: ({ env, flag, doc }) => (
      <div class="name-cell">
        <strong class="mono wrap">{env}</strong>
        <span class="muted small-text wrap">
          <code>{flag}</code> <Doc text={doc} />
        </span>
      </div>
    ),
  },
  {
    id: 'value',
    name: 'Value',
    cell: ({ value, isSecret, isGiven }) => (
      <div class="value-cell">
        {isSecret ? (
          <span class="muted">{isGiven ? 'Given, not shown' : 'Not given'}</span>
        ) : value === null || value === '' ? (
          <span class="muted">None</span>
        ) : (
          <code>{value}</code>
        )}
      </div>
    ),
  },
  {
    id: 'from',
    name: 'From',
    cell: ({ isGiven }) => (isGiven ? <Pill tone="info">Given</Pill> : <span class="muted">Default</span>),
  },
]

/** Shows text between backticks as code. */
function Doc({ text }: { text: string }) {
  return (
    <>{text.split('`').map((part, index) => (index % 2 === 0 ? part : <code key={index}>{part}</code>))}</>
  )
}

/** The settings that the server was started with. They can be changed only there. */
export function SettingsPage() {
  const signedIn = useSignedIn()
  const settings = useQuery({ queryKey: ['settings'], queryFn: readSettings, staleTime: 60_000 })
  return (
    <>
      <Head title="Settings">
        {settings.data !== undefined && <span class="muted">Latchkey {settings.data.version}</span>}
      </Head>
      <p class="notice key-note">
        Settings are given when the server starts, in its environment or as flags, and cannot be changed here.
        {signedIn.endsAt !== null && (
          <span>
            You are signed in until <Time at={signedIn.endsAt} as="exact" /> at the latest.
          </span>
        )}
      </p>
      {settings.isPending && <Loading what="Loading the settings" />}
      {settings.error !== null && <Problem error={settings.error} retry={() => void settings.refetch()} />}
      {settings.data !== undefined && (
        <Table
          caption="Settings"
          columns={COLUMNS}
          rows={settings.data.settings.map((setting) => ({ ...setting, id: setting.env }))}
          nameOf={({ env }) => env}
        />
      )}
    </>
  )
}
