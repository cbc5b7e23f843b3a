import type { ComponentChildren } from 'preact'
import type { Act } from './act.ts'
import { Dialog } from './dialog.tsx'
import { Problem } from './states.tsx'

/** A dialog that asks before an act: its fields, its error, and the button that starts it. It stays open while the act runs. */
export function FormDialog(props: {
  title: string
  onClose: () => void
  act: Pick<Act<[]>, 'run' | 'isBusy' | 'error'>
  /** The text of the button. */
  word: string
  /** Its text while the act runs. */
  busyWord?: string
  isReady?: boolean
  isDanger?: boolean
  isWide?: boolean
  /** Checks the fields first; false when one is invalid. */
  check?: () => boolean
  children: ComponentChildren
}) {
  const { title, onClose, act, word, busyWord = `${word}…`, isReady = true, isDanger = false } = props
  const { isWide = false, check = () => true, children } = props
  return (
    <Dialog title={title} onClose={onClose} mayClose={() => !act.isBusy} isWide={isWide}>
      <form
        class="form"
        noValidate
        onSubmit={(event) => {
          event.preventDefault()
          if (isReady && check()) void act.run()
        }}
      >
        {children}
        {act.error !== null && <Problem error={act.error} />}
        <div class="dialog-does">
          <button type="button" class="button" disabled={act.isBusy} onClick={onClose}>
            Cancel
          </button>
          <button
            type="submit"
            class={isDanger ? 'button danger primary' : 'button primary'}
            disabled={act.isBusy || !isReady}
          >
            {act.isBusy ? busyWord : word}
          </button>
        </div>
      </form>
    </Dialog>
  )
}
