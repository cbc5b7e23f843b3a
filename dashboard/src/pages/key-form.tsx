import type { GrantPolicy } from '@latchkey/client'
import type { ComponentChildren } from 'preact'
import { useUser, useUsers, useWorkspaces } from '../api/queries.ts'
import { Choices, LinesField, SelectField, TextField } from '../parts/field.tsx'
import { ShowMore } from '../parts/paging.tsx'
import { managesOthers } from '../parts/shell.tsx'
import { useSignedIn } from '../parts/who.ts'
import type { KeyDraft } from './key-draft.ts'
import { limitWords } from './limit-texts.ts'
import { LimitFields } from './limits.tsx'

const EXPIRIES = [
  ['7', '7 days'],
  ['30', '30 days'],
  ['90', '90 days, recommended'],
  ['365', 'A year'],
  ['custom', 'Another time'],
  ['never', 'Never'],
] as const

const TEMPLATES = [
  ['Everything', '*'],
  ['Read everything', '*.read'],
  ['Read and write documents', 'documents.read\ndocuments.write'],
  ['Nothing in particular', ''],
] as const

interface Fields {
  draft: KeyDraft
  set: (changes: Partial<KeyDraft>) => void
  wrong: Partial<Record<keyof KeyDraft, string>>
  isNew: boolean
}

/** The fields of a key. `isNew` shows those that cannot be changed later. */
export function KeyFields(props: Fields) {
  return (
    <>
      <Section title="What it is for" isCard={props.isNew}>
        <Purpose {...props} />
      </Section>
      <Section title="What it may do" isCard={props.isNew}>
        <Rights {...props} />
      </Section>
      <Section title="How much and how long" isCard={props.isNew}>
        <Bounds {...props} />
      </Section>
    </>
  )
}

function Purpose({ draft, set, wrong, isNew }: Fields) {
  return (
    <>
      <div class="form-grid">
        <TextField
          label="Name"
          value={draft.name}
          onInput={(name) => set({ name })}
          placeholder="Billing service"
          hint="Who or what calls with it."
        />
        {isNew && <OwnerField value={draft.ownerId} onChange={(ownerId) => set({ ownerId })} />}
        {isNew && (
          <WorkspaceField value={draft.workspaceId} onChange={(workspaceId) => set({ workspaceId })} />
        )}
        <TextField
          label="Your customer's id"
          value={draft.externalUserId}
          onInput={(externalUserId) => set({ externalUserId })}
          hint="Comes back with every verify. Optional."
        />
      </div>
      <Choices
        legend="Access"
        value={draft.access}
        onChange={(access) => set({ access })}
        options={[
          ['use', 'Use: call your API'],
          ['manage', 'Manage: make and end keys'],
          ['full', 'Both'],
        ]}
      />
      <LinesField
        label="Labels"
        hint="One on each line: env=production"
        placeholder="env=production"
        value={draft.labels}
        onInput={(labels) => set({ labels })}
        wrong={wrong.labels}
      />
    </>
  )
}

function Rights({ draft, set, wrong }: Fields) {
  return (
    <>
      <LinesField
        label="Permissions"
        hint="One on each line, in your own words: documents.read. A star stands for a part: documents.*"
        placeholder="documents.read"
        rows={3}
        value={draft.permissions}
        onInput={(permissions) => set({ permissions })}
        wrong={wrong.permissions}
      />
      <div class="row">
        <span class="muted small-text">Templates</span>
        {TEMPLATES.map(([name, permissions]) => (
          <button key={name} type="button" class="button small" onClick={() => set({ permissions })}>
            {name}
          </button>
        ))}
      </div>
      <div class="form-grid">
        <LinesField
          label="Rate limits"
          hint="One on each line: requests 100/1m"
          placeholder="requests 100/1m"
          value={draft.rates}
          onInput={(rates) => set({ rates })}
          wrong={wrong.rates}
        />
        <LinesField
          label="Addresses that may use it"
          hint="One IP address or CIDR block on each line; none for all."
          placeholder="203.0.113.0/24"
          value={draft.allowedIps}
          onInput={(allowedIps) => set({ allowedIps })}
          wrong={wrong.allowedIps}
        />
      </div>
    </>
  )
}

function Bounds({ draft, set, wrong, isNew }: Fields) {
  return (
    <>
      <LimitFields
        limits={draft.limits}
        set={(limits) => set({ limits })}
        nameOf={(window) => `${window} limit, USD`}
      />
      {wrong.limits && (
        <p class="wrong" role="alert">
          {wrong.limits}
        </p>
      )}
      <label class="check">
        <input
          type="checkbox"
          checked={draft.includeByokInLimit}
          onChange={(event) => set({ includeByokInLimit: event.currentTarget.checked })}
        />
        <span>Count usage that is paid elsewhere (BYOK), too</span>
      </label>
      <Choices
        legend="Expires"
        value={draft.expiry}
        onChange={(expiry) => set({ expiry })}
        options={EXPIRIES}
        hint={
          draft.expiry === 'never'
            ? 'A key that never expires works until somebody revokes it, also when it has leaked.'
            : undefined
        }
      />
      {draft.expiry === 'custom' && (
        <TextField
          label="Expires at (your local time)"
          type="datetime-local"
          value={draft.expiresAt}
          onInput={(expiresAt) => set({ expiresAt })}
          wrong={wrong.expiresAt}
        />
      )}
      {isNew && <Ceiling />}
    </>
  )
}

function Section({
  title,
  isCard,
  children,
}: {
  title: string
  isCard: boolean
  children: ComponentChildren
}) {
  return (
    <section class={isCard ? 'card form-section' : 'form'}>
      {isCard ? <h2>{title}</h2> : <h3>{title}</h3>}
      {children}
    </section>
  )
}

/** The most that the signed-in user may grant. */
function Ceiling() {
  const signedIn = useSignedIn()
  const user = useUser(signedIn.user.id)
  if (user.data === undefined) return null
  return <p class="notice">{ceilingText(user.data.policy)}</p>
}

function ceilingText({ permissions, limits, keyLifetime }: GrantPolicy): string {
  const caps = limitWords(limits)
  const parts = [
    ...(permissions === null ? [] : [`the permissions ${permissions.join(', ') || '(none)'}`]),
    ...(caps.length === 0 ? [] : [caps.join(', ')]),
    ...(keyLifetime === null ? [] : [`a life of ${keyLifetime}`]),
  ]
  return parts.length === 0
    ? 'You may grant any permission, any limit and any lifetime: nobody has set you a ceiling.'
    : `You may grant at most ${parts.join('; ')}.`
}

function OwnerField({ value, onChange }: { value: string; onChange: (value: string) => void }) {
  const signedIn = useSignedIn()
  const users = useUsers(managesOthers(signedIn))
  if (!managesOthers(signedIn)) return null
  const options = (users.data?.pages ?? []).flatMap(({ data }) =>
    data
      .filter(({ id }) => id !== signedIn.user.id)
      .map(({ id, displayName, username }) => [id, `${displayName} (${username})`] as const),
  )
  return (
    <SelectField
      label="Owner"
      value={value}
      onChange={onChange}
      options={[['', `${signedIn.user.displayName} (you)`], ...options]}
      hint={
        <>
          Whose limits count, too, and with whom the key is switched off. <ShowMore of={users} what="users" />
        </>
      }
    />
  )
}

function WorkspaceField({ value, onChange }: { value: string; onChange: (value: string) => void }) {
  const workspaces = useWorkspaces()
  const options = (workspaces.data?.pages ?? []).flatMap(({ data }) =>
    data.filter(({ isDefault }) => !isDefault).map(({ id, name }) => [id, name] as const),
  )
  return (
    <SelectField
      label="Workspace"
      value={value}
      onChange={onChange}
      options={[['', 'The default workspace'], ...options]}
      hint={workspaces.hasNextPage && <ShowMore of={workspaces} what="workspaces" />}
    />
  )
}
