import type { UseInfiniteQueryResult } from '@tanstack/preact-query'
import type { ComponentChildren } from 'preact'
import { ShowMore } from './paging.tsx'
import { Loading, Problem } from './states.tsx'
import { type Column, Table } from './table.tsx'

/** A table of records that grows downwards, page by page. */
export function GrowingList<Row extends { id: string }>(props: {
  /** The name of the list: "Users". */
  title: string
  of: UseInfiniteQueryResult<{ pages: { data: readonly Row[] }[] }>
  columns: Column<Row>[]
  nameOf: (row: Row) => string
  /** Shown in place of a table without rows. */
  empty?: ComponentChildren
}) {
  const { title, of, columns, nameOf, empty } = props
  const rows = (of.data?.pages ?? []).flatMap(({ data }) => data)
  const what = title.toLowerCase()
  return (
    <>
      {of.isPending && <Loading what={`Loading ${what}`} />}
      {of.error !== null && <Problem error={of.error} retry={() => void of.refetch()} />}
      {of.data !== undefined && rows.length === 0 && empty}
      {rows.length > 0 && <Table caption={title} columns={columns} rows={rows} nameOf={nameOf} />}
      <div class="paging">
        <ShowMore of={of} what={what} />
      </div>
    </>
  )
}
