import type { UseQueryResult } from '@tanstack/preact-query'
import type { ComponentChildren } from 'preact'
import { Loading, Problem } from './states.tsx'

/** One part of a page with its name: what was read, or that it is on its way, or what went wrong. */
export function Panel<Data>(props: {
  title: string
  /** Beside the name, small: what it covers, or where more of it is. */
  note?: ComponentChildren
  size?: 'third' | 'half' | 'two-thirds'
  of: Pick<UseQueryResult<Data>, 'data' | 'error' | 'isPending' | 'refetch'>
  children: (data: Data) => ComponentChildren
}) {
  const { title, note, size = 'half', of, children } = props
  return (
    <section class={`card panel ${size}`}>
      <div class="panel-head">
        <h2>{title}</h2>
        {note && <span class="muted small-text">{note}</span>}
      </div>
      {of.isPending && <Loading />}
      {of.error !== null && <Problem error={of.error} retry={() => void of.refetch()} />}
      {of.data !== undefined && children(of.data)}
    </section>
  )
}
