import type { ComponentChildren } from 'preact'
import { explain } from '../api/client.ts'

/** A sign that data is loading. It appears after a moment, so that quick answers do not flicker. */
export function Loading({ what = 'Loading' }: { what?: string }) {
  return (
    <p class="loading" role="status">
      <span class="spinner" aria-hidden="true" />
      {what}…
    </p>
  )
}

/** An error: what happened, and what to do. */
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

/** An empty place: why it is empty, and what to do. */
export function Empty({ title, children }: { title: string; children?: ComponentChildren }) {
  return (
    <div class="empty">
      <p class="empty-title">{title}</p>
      {children}
    </div>
  )
}
