import type { Budget, Limits } from '@latchkey/client'
import { Link } from 'wouter-preact'
import { useKeys } from '../api/queries.ts'
import { BudgetBar } from '../parts/budget.tsx'
import { TextField } from '../parts/field.tsx'
import { Empty, Loading, Problem } from '../parts/states.tsx'
import { Status } from '../parts/status.tsx'
import { WINDOWS, type Window } from './key-draft.ts'

/** Limits as they are typed. */
export type LimitTexts = Record<Window, string>

/** The limits of a record as texts. */
export function textsOf(limits: Limits): LimitTexts {
  return {
    daily: limits.daily ?? '',
    weekly: limits.weekly ?? '',
    monthly: limits.monthly ?? '',
    total: limits.total ?? '',
  }
}

/** What has to be changed to get from one to the other; undefined when nothing has. */
export function limitsChange(before: LimitTexts, after: LimitTexts) {
  const changed = WINDOWS.filter((window) => before[window].trim() !== after[window].trim())
  if (changed.length === 0) return undefined
  return Object.fromEntries(changed.map((window) => [window, after[window].trim() || null]))
}

/** The four limits of a user or workspace. */
export function LimitFields({ limits, set }: { limits: LimitTexts; set: (limits: LimitTexts) => void }) {
  return (
    <fieldset class="form">
      <legend>Limits on what all keys spend together, USD</legend>
      <div class="form-grid">
        {WINDOWS.map((window) => (
          <TextField
            key={window}
            label={`${window.charAt(0).toUpperCase()}${window.slice(1)}`}
            inputMode="decimal"
            placeholder="No limit"
            value={limits[window]}
            onInput={(value) => set({ ...limits, [window]: value })}
          />
        ))}
      </div>
    </fieldset>
  )
}

/** Where the limits of a user or workspace stand. */
export function SharedBudget({ budget }: { budget: readonly Budget[] }) {
  return (
    <section class="card panel half">
      <h2>Limits of all keys together</h2>
      {budget.length === 0 && (
        <Empty title="No limit">
          <p>Only the limits of the single keys count. Set one for all of them under “Change”.</p>
        </Empty>
      )}
      {budget.map((line) => (
        <BudgetBar key={line.window} line={line} />
      ))}
    </section>
  )
}

/** The newest keys of a user or workspace. */
export function KeysPanel({
  filter,
  all,
}: {
  filter: { ownerId?: string; workspaceId?: string }
  all: string
}) {
  const keys = useKeys({ ...filter, limit: 10 })
  return (
    <section class="card panel half">
      <div class="panel-head">
        <h2>Keys</h2>
        <Link class="small-text" href={all}>
          All of them
        </Link>
      </div>
      {keys.isPending && <Loading />}
      {keys.error !== null && <Problem error={keys.error} retry={() => void keys.refetch()} />}
      {keys.data?.data.length === 0 && <Empty title="No keys" />}
      <ul class="list">
        {keys.data?.data.map((key) => (
          <li key={key.id}>
            <Link class="wrap" href={`/keys/${key.hash}`}>
              {key.name || key.mask}
            </Link>
            <Status of={key} />
          </li>
        ))}
      </ul>
    </section>
  )
}
