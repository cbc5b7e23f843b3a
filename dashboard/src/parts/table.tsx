import { rowSelectionFeature, tableFeatures, useTable } from '@tanstack/preact-table'
import type { ComponentChildren } from 'preact'
import { useEffect, useRef } from 'preact/hooks'

const features = tableFeatures({ rowSelectionFeature })

// Cells are drawn here and not through the library's components: those are new with each change of what is read, and an open disclosure
// in a cell would close.
const NO_DEFINITIONS: [] = []

/** One column of a table. */
export interface Column<Row> {
  id: string
  name: string
  cell: (row: Row) => ComponentChildren
}

/** Which rows are chosen, by their ids. */
export interface Selection {
  chosen: Record<string, true>
  onChange: (chosen: Record<string, true>) => void
}

/** A table of records. On a narrow screen each row is a card whose cells have their titles. */
export function Table<Row extends { id: string }>(props: {
  caption: string
  columns: readonly Column<Row>[]
  rows: Row[]
  nameOf: (row: Row) => string
  selection?: Selection
  isStale?: boolean
}) {
  const { caption, columns, rows, nameOf, selection, isStale = false } = props
  const table = useTable<typeof features, Row>({
    features,
    columns: NO_DEFINITIONS,
    data: rows,
    getRowId: ({ id }) => id,
    enableRowSelection: selection !== undefined,
    state: { rowSelection: selection?.chosen ?? {} },
    onRowSelectionChange: (updater) => {
      const now = selection?.chosen ?? {}
      selection?.onChange(typeof updater === 'function' ? updater(now) : updater)
    },
  })
  return (
    <div class="table-place">
      <div class={isStale ? 'table-frame stale' : 'table-frame'}>
        <table>
          <caption class="hidden">{caption}</caption>
          <thead>
            <tr>
              {selection && (
                <th scope="col" class="choose">
                  <CheckAll
                    all={table.getIsAllRowsSelected()}
                    some={table.getIsSomeRowsSelected()}
                    onChange={(all) => table.toggleAllRowsSelected(all)}
                  />
                </th>
              )}
              {columns.map(({ id, name }) => (
                <th key={id} scope="col">
                  {name}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {table.getRowModel().rows.map((row) => (
              <tr key={row.id} class={row.getIsSelected() ? 'chosen' : undefined}>
                {selection && (
                  <td class="choose">
                    <input
                      type="checkbox"
                      aria-label={`Choose ${nameOf(row.original)}`}
                      checked={row.getIsSelected()}
                      onChange={(event) => row.toggleSelected(event.currentTarget.checked)}
                    />
                  </td>
                )}
                {columns.map(({ id, name, cell }) => (
                  <td key={id} data-name={name}>
                    {cell(row.original)}
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </div>
  )
}

function CheckAll({
  all,
  some,
  onChange,
}: {
  all: boolean
  some: boolean
  onChange: (all: boolean) => void
}) {
  const box = useRef<HTMLInputElement>(null)
  useEffect(() => {
    if (box.current !== null) box.current.indeterminate = some && !all
  }, [some, all])
  return (
    <input
      ref={box}
      type="checkbox"
      aria-label="Choose all on this page"
      checked={all}
      onChange={(event) => onChange(event.currentTarget.checked)}
    />
  )
}
