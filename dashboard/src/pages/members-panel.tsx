import type { Member, Workspace } from '@latchkey/client'
import { useQuery } from '@tanstack/preact-query'
import { useState } from 'preact/hooks'
import { Link } from 'wouter-preact'
import { api } from '../api/client.ts'
import { LIVE_MS, useUsers } from '../api/queries.ts'
import { useAct } from '../parts/act.ts'
import { SelectField } from '../parts/field.tsx'
import { ShowMore } from '../parts/paging.tsx'
import { managesOthers } from '../parts/shell.tsx'
import { Empty, Loading, Problem } from '../parts/states.tsx'
import { useSignedIn } from '../parts/who.ts'

type Standing = Member['standing']

const STANDINGS: readonly (readonly [Standing, string])[] = [
  ['member', 'Member'],
  ['manager', 'Manager'],
]

/** The members of a workspace with their standing; callers who manage other users can change both. */
export function MembersPanel({ of }: { of: Workspace }) {
  const mayChange = managesOthers(useSignedIn())
  const members = useQuery({
    queryKey: ['members', of.id],
    queryFn: ({ signal }) => api.workspaces.members.list(of.id, { limit: 100 }, { signal }).page(),
    refetchInterval: 4 * LIVE_MS,
  })
  const rows = members.data?.data ?? []
  return (
    <section class="card panel half">
      <h2>Members</h2>
      <p class="hint">
        Users see and use the workspaces that they belong to. A manager also makes, changes and revokes the
        keys of the other members there. Admins see all.
      </p>
      {members.isPending && <Loading />}
      {members.error !== null && <Problem error={members.error} />}
      {members.data?.data.length === 0 && <Empty title="No members yet" />}
      <ul class="list">
        {rows.map((member) => (
          <MemberRow key={member.userId} of={of} member={member} mayChange={mayChange} />
        ))}
      </ul>
      {members.data !== undefined && members.data.nextCursor !== null && (
        <p class="hint">These are the first 100; there are more.</p>
      )}
      {mayChange && <AddMember of={of} inside={new Set(rows.map(({ userId }) => userId))} />}
    </section>
  )
}

function MemberRow({ of, member, mayChange }: { of: Workspace; member: Member; mayChange: boolean }) {
  const { userId, displayName, standing } = member
  const change = useAct((to: Standing) => api.workspaces.members.add(of.id, { userId, standing: to }))
  const remove = useAct(() => api.workspaces.members.remove(of.id, userId))
  return (
    <li>
      <Link class="wrap" href={`/users/${userId}`}>
        {displayName}
      </Link>
      {mayChange ? (
        <span class="row">
          <select
            aria-label={`Standing of ${displayName}`}
            value={standing}
            disabled={change.isBusy}
            onChange={(event) => void change.run(event.currentTarget.value as Standing)}
          >
            {STANDINGS.map(([each, text]) => (
              <option key={each} value={each}>
                {text}
              </option>
            ))}
          </select>
          <button
            type="button"
            class="button small quiet"
            disabled={remove.isBusy}
            onClick={() => void remove.run()}
          >
            Remove<span class="hidden"> {displayName}</span>
          </button>
        </span>
      ) : (
        <span class="muted">{standing === 'manager' ? 'Manager' : 'Member'}</span>
      )}
      {[change.error, remove.error].map(
        (error) => error !== null && <Problem key={String(error)} error={error} />,
      )}
    </li>
  )
}

function AddMember({ of, inside }: { of: Workspace; inside: ReadonlySet<string> }) {
  const users = useUsers()
  const [userId, setUserId] = useState('')
  const [standing, setStanding] = useState<Standing>('member')
  const add = useAct(async () => {
    await api.workspaces.members.add(of.id, { userId, standing })
    setUserId('')
    setStanding('member')
  })
  const others = (users.data?.pages ?? []).flatMap(({ data }) => data.filter(({ id }) => !inside.has(id)))
  return (
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
        options={[['', 'Choose a user'], ...others.map(({ id, displayName }) => [id, displayName] as const)]}
        hint={users.hasNextPage && <ShowMore of={users} what="users" />}
      />
      <SelectField
        label="Standing"
        value={standing}
        onChange={(value) => setStanding(value as Standing)}
        options={STANDINGS}
      />
      <button type="submit" class="button" disabled={userId === '' || add.isBusy}>
        Add
      </button>
      {add.error !== null && <Problem error={add.error} />}
    </form>
  )
}
