import type { ComponentChildren } from 'preact'
import { useEffect, useId, useRef } from 'preact/hooks'

/**
 * A dialog of the browser: it takes the focus, keeps it, returns it, and closes with Escape unless `mayClose` says no. Mounting it
 * opens it.
 */
export function Dialog(props: {
  title: string
  onClose: () => void
  mayClose?: () => boolean
  children: ComponentChildren
  isWide?: boolean
}) {
  const { title, onClose, mayClose = () => true, children, isWide = false } = props
  const dialog = useRef<HTMLDialogElement>(null)
  const heading = useId()
  useEffect(() => {
    const element = dialog.current
    element?.showModal()
    return () => element?.close()
  }, [])
  return (
    <dialog
      ref={dialog}
      class={isWide ? 'wide' : undefined}
      aria-labelledby={heading}
      onCancel={(event) => {
        event.preventDefault()
        if (mayClose()) onClose()
      }}
    >
      <div class="dialog-body">
        <h2 id={heading}>{title}</h2>
        {children}
      </div>
    </dialog>
  )
}
