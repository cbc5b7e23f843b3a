import type { Limits } from '@latchkey/client'
import { TextField } from '../parts/field.tsx'
import { type LimitTexts, limitWords, WINDOWS } from './limit-texts.ts'

const NAMES = { daily: 'Daily', weekly: 'Weekly', monthly: 'Monthly', total: 'Total' }

/** A field for each of the four limits. */
export function LimitFields(props: {
  limits: LimitTexts
  set: (limits: LimitTexts) => void
  nameOf?: (window: string) => string
}) {
  const { limits, set, nameOf = (window) => window } = props
  return (
    <div class="form-grid">
      {WINDOWS.map((window) => (
        <TextField
          key={window}
          label={nameOf(NAMES[window])}
          inputMode="decimal"
          placeholder="No limit"
          value={limits[window]}
          onInput={(value) => set({ ...limits, [window]: value })}
        />
      ))}
    </div>
  )
}

/** The limits of a user or workspace. */
export function SharedLimitFields(props: { limits: LimitTexts; set: (limits: LimitTexts) => void }) {
  return (
    <fieldset class="form">
      <legend>Limits on what all keys spend together, USD</legend>
      <LimitFields {...props} />
    </fieldset>
  )
}

/** Limits in the cell of a table. */
export function LimitsCell({ of }: { of: Limits }) {
  const words = limitWords(of)
  return words.length === 0 ? <span class="muted">None</span> : <span>{words.join(', ')}</span>
}
