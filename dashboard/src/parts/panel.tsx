import type { UseQueryResult } from '@tanstack/preact-query'
import type { ComponentChildren } from 'preact'
import { Loading, Problem } from './states.tsx'

/** One titled part of a page: its data, that it is loading, or its error. */
export function Panel<Data>(props: {
  title: string
  /** Small text beside the title: what the data covers, or a link to more of it. */
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
