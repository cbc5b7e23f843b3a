import type { Key, ScopedBudget } from '@latchkey/client'
import { useState } from 'preact/hooks'
import { api } from '../api/client.ts'
import { useUser, useWorkspace } from '../api/queries.ts'
import { useAct } from '../parts/act.ts'
import { BudgetBar, bindingOf } from '../parts/budget.tsx'
import { DAY_MS } from '../parts/day.ts'
import { SelectField, TextField } from '../parts/field.tsx'
import { FormDialog } from '../parts/form-dialog.tsx'
import { nano } from '../parts/money.ts'
import { Empty, Problem } from '../parts/states.tsx'
import { Pill } from '../parts/status.tsx'
import { Time } from '../parts/time.tsx'
import { Usd } from '../parts/usd.tsx'
import { localOf } from './key-draft.ts'
import { isAmount, WINDOWS, type Window } from './limit-texts.ts'

const WHOSE: Record<string, string> = {
  key: '',
  user: "of the owner's keys together",
  workspace: 'of the workspace together',
}

/** Every limit that counts for a key, also those of its owner and its workspace, and the one that refuses first. */
export function LimitsPanel({ of }: { of: Key }) {
  const owner = useUser(of.ownerId)
  const workspace = useWorkspace(of.workspaceId)
  const [isBoosting, setBoosting] = useState(false)
  const lines: ScopedBudget[] = [
    ...of.budget.map((line) => ({ ...line, scope: 'key' as const, id: of.id })),
    ...(owner.data?.budget ?? []).map((line) => ({ ...line, scope: 'user' as const, id: of.ownerId })),
    ...(workspace.data?.budget ?? []).map((line) => ({
      ...line,
      scope: 'workspace' as const,
      id: of.workspaceId,
    })),
  ]
  const binding = bindingOf(lines)
  const canBoost = of.status !== 'revoked' && Object.keys(of.limits).length > 0
  return (
    <section class="card panel half">
      <div class="panel-head">
        <h2>Limits</h2>
        {canBoost && (
          <button type="button" class="button small" onClick={() => setBoosting(true)}>
            Boost…
          </button>
        )}
      </div>
      {lines.length === 0 && (
        <Empty title="No limit">
          <p>It may spend without end. Set a limit under “Change”.</p>
        </Empty>
      )}
      <ul class="form">
        {lines.map((line) => (
          <li key={`${line.scope} ${line.window}`} class="budget-line">
            <BudgetBar line={line} name={`${line.window} ${WHOSE[line.scope] ?? line.scope}`} />
            <div class="row small-text muted">
              <span>
                <Usd amount={line.remaining} /> left
              </span>
              {nano(line.reserved) > 0n && (
                <span>
                  <Usd amount={line.reserved} /> held
                </span>
              )}
              {line === binding && (
                <Pill tone={nano(line.remaining) === 0n ? 'bad' : 'info'}>Binds first</Pill>
              )}
              {line.scope === 'key' && <BoostNote of={of} window={line.window as Window} />}
            </div>
          </li>
        ))}
      </ul>
      {isBoosting && <BoostDialog of={of} onClose={() => setBoosting(false)} />}
    </section>
  )
}

function BoostNote({ of, window }: { of: Key; window: Window }) {
  const boost = of.boosts[window]
  const act = useAct(() => api.keys.endBoost(of.id, window))
  if (boost === undefined) return null
  return (
    <>
      <span>
        with a boost of <Usd amount={boost.amount} /> until <Time at={boost.until} />
      </span>
      <button type="button" class="button small quiet" disabled={act.isBusy} onClick={() => void act.run()}>
        End it
      </button>
      {act.error !== null && <Problem error={act.error} />}
    </>
  )
}

function BoostDialog({ of, onClose }: { of: Key; onClose: () => void }) {
  const windows = WINDOWS.filter((window) => of.limits[window] !== undefined)
  const [window, setWindow] = useState<string>(windows[0] ?? 'daily')
  const [amount, setAmount] = useState('')
  const [until, setUntil] = useState(localOf(new Date(Date.now() + DAY_MS).toISOString()))
  const act = useAct(async () => {
    await api.keys.boost(of.id, window as Window, {
      amount: amount.trim(),
      until: new Date(until).toISOString(),
    })
    onClose()
  })
  const isReady = isAmount(amount) && !Number.isNaN(Date.parse(until))
  return (
    <FormDialog title="Boost a limit for a time" onClose={onClose} act={act} word="Boost" isReady={isReady}>
      <p class="muted">
        Adds to one limit until a moment, and then it is what it was. Nothing has to be set back.
      </p>
      <SelectField
        label="Limit"
        value={window}
        onChange={setWindow}
        options={windows.map((each) => [each, each] as const)}
      />
      <TextField
        label="Amount to add, USD"
        inputMode="decimal"
        value={amount}
        onInput={setAmount}
        placeholder="25"
      />
      <TextField label="Until (your local time)" type="datetime-local" value={until} onInput={setUntil} />
    </FormDialog>
  )
}
