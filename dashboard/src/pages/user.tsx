import type { Impact, UserWithBudget } from '@latchkey/client'
import { useQuery } from '@tanstack/preact-query'
import { useState } from 'preact/hooks'
import { Link } from 'wouter-preact'
import { api } from '../api/client.ts'
import { useUser, useUsers } from '../api/queries.ts'
import { useAct } from '../parts/act.ts'
import { SelectField, TextField } from '../parts/field.tsx'
import { FormDialog } from '../parts/form-dialog.tsx'
import { keyName } from '../parts/key-name.ts'
import { ShowMore } from '../parts/paging.tsx'
import { Head } from '../parts/shell.tsx'
import { Loading, Problem } from '../parts/states.tsx'
import { Pill } from '../parts/status.tsx'
import { Time } from '../parts/time.tsx'
import { Unread } from '../parts/unread.tsx'
import { limitsChange, limitWords, textsOf } from './limit-texts.ts'
import { SharedLimitFields } from './limits.tsx'
import { KeysPanel, SharedBudget } from './person-panels.tsx'
import { ROLES } from './users.tsx'

/** One user: its limits, its keys, and the power that it may grant. */
export function UserPage({ id }: { id: string }) {
  const user = useUser(id)
  const [asked, setAsked] = useState<'edit' | 'disable' | null>(null)
  if (user.data === undefined) return <Unread of={user} noun="user" />
  const of = user.data
  const close = () => setAsked(null)
  return (
    <>
      <Head title={of.displayName} kicker={<Link href="/users">Users</Link>}>
        <button type="button" class="button" onClick={() => setAsked('edit')}>
          Change…
        </button>
        <button
          type="button"
          class={of.disabled ? 'button' : 'button danger'}
          onClick={() => setAsked('disable')}
        >
          {of.disabled ? 'Enable…' : 'Disable…'}
        </button>
      </Head>
      <div class="row key-line">
        {of.disabled ? (
          <Pill tone="off">Disabled, and so are all of its keys</Pill>
        ) : (
          <Pill tone="good">Active</Pill>
        )}
        <span class="muted">{of.role}</span>
      </div>
      <div class="panels">
        <SharedBudget budget={of.budget} />
        <KeysPanel filter={{ ownerId: of.id }} all={`/keys?ownerId=${of.id}`} />
        <Facts of={of} />
      </div>
      {asked === 'edit' && <EditUser of={of} onClose={close} />}
      {asked === 'disable' && <DisableUser of={of} onClose={close} />}
    </>
  )
}

function Facts({ of }: { of: UserWithBudget }) {
  return (
    <section class="card panel half">
      <h2>Facts</h2>
      <dl class="facts">
        <dt>Username</dt>
        <dd>{of.username}</dd>
        <dt>E-mail</dt>
        <dd>{of.email ?? <span class="muted">None</span>}</dd>
        <dt>Your id for it</dt>
        <dd>{of.externalId ?? <span class="muted">None</span>}</dd>
        <dt>May grant</dt>
        <dd>{policyText(of)}</dd>
        <dt>Created</dt>
        <dd>
          <Time at={of.createdAt} as="exact" />
        </dd>
        <dt>Id</dt>
        <dd class="mono">{of.id}</dd>
      </dl>
    </section>
  )
}

function policyText({ policy: { permissions, limits, keyLifetime } }: UserWithBudget): string {
  const parts = [
    ...(permissions === null ? [] : [permissions.join(', ') || 'no permission']),
    ...limitWords(limits),
    ...(keyLifetime === null ? [] : [`keys that live ${keyLifetime}`]),
  ]
  return parts.length === 0 ? 'Whatever its role allows' : `At most ${parts.join('; ')}`
}

function EditUser({ of, onClose }: { of: UserWithBudget; onClose: () => void }) {
  const [original] = useState(of)
  const [user, setUser] = useState({
    displayName: of.displayName,
    username: of.username,
    email: of.email ?? '',
    role: String(of.role),
  })
  const [limits, setLimits] = useState(textsOf(of.limits))
  const set = (changes: Partial<typeof user>) => setUser((now) => ({ ...now, ...changes }))
  const act = useAct(async () => {
    const names = ['displayName', 'username', 'email', 'role'] as const
    const changed = names.filter((name) => user[name] !== (original[name] ?? ''))
    const members = changed.map((name) => [name, name === 'email' && user.email === '' ? null : user[name]])
    const caps = limitsChange(textsOf(original.limits), limits)
    const body = { ...Object.fromEntries(members), ...(caps === undefined ? {} : { limits: caps }) }
    if (Object.keys(body).length > 0) await api.users.update(of.id, body, { ifRevision: original.revision })
    onClose()
  })
  return (
    <FormDialog title={`Change ${of.displayName}`} onClose={onClose} act={act} word="Save">
      <TextField label="Name" value={user.displayName} onInput={(displayName) => set({ displayName })} />
      <TextField label="Username" value={user.username} onInput={(username) => set({ username })} />
      <TextField label="E-mail" type="email" value={user.email} onInput={(email) => set({ email })} />
      <SelectField label="Role" value={user.role} onChange={(role) => set({ role })} options={ROLES} />
      <SharedLimitFields limits={limits} set={setLimits} />
    </FormDialog>
  )
}

/** Disables a user, after showing which keys stop with it. */
function DisableUser({ of, onClose }: { of: UserWithBudget; onClose: () => void }) {
  const [heir, setHeir] = useState('')
  const impact = useQuery({
    queryKey: ['keys that stop', of.id],
    queryFn: ({ signal }) => api.users.impact(of.id, { signal }),
    enabled: !of.disabled,
  })
  const act = useAct(async () => {
    const to = heir === '' ? {} : { handOverTo: heir }
    await api.users.update(of.id, of.disabled ? { disabled: false } : { disabled: true, ...to })
    onClose()
  })
  const word = of.disabled ? 'Enable' : 'Disable'
  const isReady = of.disabled || impact.data !== undefined
  return (
    <FormDialog
      title={`${word} ${of.displayName}?`}
      onClose={onClose}
      act={act}
      word={word}
      isReady={isReady}
      isDanger={!of.disabled}
    >
      {of.disabled ? (
        <p>Its keys work again at once, but for those that are disabled themselves.</p>
      ) : (
        <>
          {impact.isPending && <Loading what="Looking which keys stop" />}
          {impact.error !== null && <Problem error={impact.error} retry={() => void impact.refetch()} />}
          {impact.data !== undefined && (
            <>
              <Stopping {...impact.data} isMoved={heir !== ''} />
              {impact.data.keys > 0 && <HeirField not={of.id} heir={heir} setHeir={setHeir} />}
            </>
          )}
        </>
      )}
    </FormDialog>
  )
}

/** Chooses the next owner of the keys, so that they go on working. */
function HeirField(props: { not: string; heir: string; setHeir: (id: string) => void }) {
  const { not, heir, setHeir } = props
  const users = useUsers()
  const others = (users.data?.pages ?? []).flatMap(({ data }) => data)
  const options = others
    .filter(({ id, disabled }) => id !== not && !disabled)
    .map(({ id, displayName, username }) => [id, `${displayName} (${username})`] as const)
  return (
    <>
      <SelectField
        label="Hand its keys over to"
        value={heir}
        onChange={setHeir}
        options={[['', 'Nobody: they stop'], ...options]}
      />
      <ShowMore of={users} what="users" />
    </>
  )
}

function Stopping({ keys, usedRecently, hasMore, data, isMoved }: Impact & { isMoved: boolean }) {
  if (keys === 0) return <p>None of its keys works now, so nothing stops.</p>
  const managing = isMoved ? data.filter(({ access }) => access !== 'use') : []
  return (
    <>
      {managing.length > 0 && (
        <p class="notice warn" role="alert">
          The user may know the secrets of keys that manage, and could act with them as their new owner.
          Rotate or revoke them first: {managing.map(keyName).join(', ')}.
        </p>
      )}
      <p class="notice warn">
        {hasMore ? `More than ${keys}` : keys} {stopWords(keys, isMoved)}; {usedRecently} used in the last 30
        days:
      </p>
      <ul class="list scrolled" aria-label="Keys that stop">
        {data.map(({ id, name, mask, lastUsedAt }) => (
          <li key={id}>
            <span class="wrap">{keyName({ name, mask })}</span>
            <span class="muted small-text">
              {lastUsedAt === null ? (
                'never used'
              ) : (
                <>
                  used <Time at={lastUsedAt} />
                </>
              )}
            </span>
          </li>
        ))}
      </ul>
    </>
  )
}

function stopWords(keys: number, isMoved: boolean): string {
  if (isMoved) return keys === 1 ? 'key gets another owner and goes on' : 'keys get another owner and go on'
  return keys === 1 ? 'key stops at once' : 'keys stop at once'
}
