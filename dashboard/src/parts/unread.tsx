import type { UseQueryResult } from '@tanstack/preact-query'
import type { ComponentChildren } from 'preact'
import { Link } from 'wouter-preact'
import { isNotFound } from '../api/client.ts'
import { Empty, Loading, Problem } from './states.tsx'

/** A page whose record is not there: it is loading, it does not exist, or it cannot be read. */
export function Unread(props: {
  of: Pick<UseQueryResult, 'error' | 'refetch'>
  noun: 'key' | 'user' | 'workspace'
  /** Further advice about a record that does not exist. */
  children?: ComponentChildren
}) {
  const { of, noun, children } = props
  if (of.error === null) return <Loading what={`Loading the ${noun}`} />
  if (!isNotFound(of.error)) return <Problem error={of.error} retry={() => void of.refetch()} />
  return (
    <Empty title={`There is no such ${noun}`}>
      {children}
      <Link class="button" href={`/${noun}s`}>
        To the {noun}s
      </Link>
    </Empty>
  )
}
