import type { ComponentChildren, JSX } from 'preact'
import { useId } from 'preact/hooks'

/** One input with its name, a hint, and its error. */
export function Field(props: {
  label: string
  hint?: ComponentChildren
  wrong?: string | undefined
  children: (attributes: { id: string; 'aria-describedby': string; 'aria-invalid': boolean }) => JSX.Element
}) {
  const { label, hint, wrong, children } = props
  const id = useId()
  return (
    <div class="field">
      <label for={id}>{label}</label>
      {children({ id, 'aria-describedby': `${id}-hint`, 'aria-invalid': wrong !== undefined })}
      <div id={`${id}-hint`}>
        {wrong !== undefined && (
          <p class="wrong" role="alert">
            {wrong}
          </p>
        )}
        {hint && <p class="hint">{hint}</p>}
      </div>
    </div>
  )
}

/** A text of several lines, each of which is one value. */
export function LinesField(props: {
  label: string
  hint: string
  placeholder: string
  rows?: number
  value: string
  onInput: (value: string) => void
  wrong: string | undefined
}) {
  const { label, hint, placeholder, rows = 2, value, onInput, wrong } = props
  return (
    <Field label={label} hint={hint} wrong={wrong}>
      {(attributes) => (
        <textarea
          {...attributes}
          class="mono"
          rows={rows}
          value={value}
          placeholder={placeholder}
          onInput={(event) => onInput(event.currentTarget.value)}
        />
      )}
    </Field>
  )
}

/** A text input with its name. */
export function TextField(props: {
  label: string
  value: string
  onInput: (value: string) => void
  hint?: ComponentChildren
  wrong?: string | undefined
  placeholder?: string
  isMono?: boolean
  isRequired?: boolean
  inputMode?: 'decimal' | 'text' | 'numeric'
  type?: 'text' | 'email' | 'datetime-local' | 'search'
}) {
  const {
    label,
    value,
    onInput,
    hint,
    wrong,
    placeholder,
    isMono,
    isRequired,
    inputMode,
    type = 'text',
  } = props
  return (
    <Field label={label} hint={hint} wrong={wrong}>
      {(attributes) => (
        <input
          {...attributes}
          type={type}
          value={value}
          class={isMono ? 'mono' : undefined}
          placeholder={placeholder}
          required={isRequired}
          inputMode={inputMode}
          // Without seconds in the step, the browser would refuse them.
          step={type === 'datetime-local' ? 1 : undefined}
          autocomplete="off"
          spellcheck={false}
          onInput={(event) => onInput(event.currentTarget.value)}
        />
      )}
    </Field>
  )
}

/** A choice of one from a list, with its name. */
export function SelectField(props: {
  label: string
  value: string
  onChange: (value: string) => void
  options: readonly (readonly [value: string, text: string])[]
  hint?: ComponentChildren
}) {
  const { label, value, onChange, options, hint } = props
  return (
    <Field label={label} hint={hint}>
      {(attributes) => (
        <select {...attributes} value={value} onChange={(event) => onChange(event.currentTarget.value)}>
          {options.map(([each, text]) => (
            <option key={each} value={each}>
              {text}
            </option>
          ))}
        </select>
      )}
    </Field>
  )
}

/** A choice of one from a few visible options. */
export function Choices(props: {
  legend: string
  value: string
  onChange: (value: string) => void
  options: readonly (readonly [value: string, text: string])[]
  hint?: ComponentChildren
}) {
  const { legend, value, onChange, options, hint } = props
  const name = useId()
  return (
    <fieldset class="field">
      <legend>{legend}</legend>
      <div class="choices">
        {options.map(([each, text]) => (
          <label key={each} class="choice">
            <input type="radio" name={name} checked={value === each} onChange={() => onChange(each)} />
            <span>{text}</span>
          </label>
        ))}
      </div>
      {hint && <p class="hint">{hint}</p>}
    </fieldset>
  )
}
