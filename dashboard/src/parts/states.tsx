import type { ComponentChildren } from 'preact'
import { explain } from '../api/client.ts'

/** Something is on its way. It is said only after a moment, so that quick answers do not flicker. */
export function Loading({ what = 'Loading' }: { what?: string }) {
  return (
    <p class="loading" role="status">
      <span class="spinner" aria-hidden="true" />
      {what}…
    </p>
  )
}

/** Something went wrong: what, and what to do. */
export function Problem({ error, retry }: { error: unknown; retry?: () => void }) {
  return (
    <div class="notice danger" role="alert">
      <p>{explain(error)}</p>
      {retry && (
        <button type="button" class="button small" onClick={retry}>
          Try again
        </button>
      )}
    </div>
  )
}

/** There is nothing to show: why, and what to do. */
export function Empty({ title, children }: { title: string; children?: ComponentChildren }) {
  return (
    <div class="empty">
      <p class="empty-title">{title}</p>
      {children}
    </div>
  )
}
