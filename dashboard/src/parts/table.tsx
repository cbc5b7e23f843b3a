import { type ColumnDef, rowSelectionFeature, tableFeatures, useTable } from '@tanstack/preact-table'
import type { ComponentChildren } from 'preact'
import { useEffect, useMemo, useRef } from 'preact/hooks'

const features = tableFeatures({ rowSelectionFeature })

/** One column of a table. */
export interface Column<Row> {
  id: string
  name: string
  cell: (row: Row) => ComponentChildren
  isRight?: boolean
}

/** Which rows are chosen, by their ids. */
export interface Selection {
  chosen: Record<string, true>
  onChange: (chosen: Record<string, true>) => void
}

/** A table of records. On a narrow screen each row is a card whose cells say what they are. */
export function Table<Row extends { id: string }>(props: {
  caption: string
  columns: readonly Column<Row>[]
  rows: Row[]
  nameOf: (row: Row) => string
  selection?: Selection
  isStale?: boolean
}) {
  const { caption, columns, rows, nameOf, selection, isStale = false } = props
  const definitions = useMemo(
    () =>
      columns.map(
        ({ id, name, cell }): ColumnDef<typeof features, Row> => ({
          id,
          header: name,
          cell: (context) => cell(context.row.original),
        }),
      ),
    [columns],
  )
  const table = useTable<typeof features, Row>({
    features,
    columns: definitions,
    data: rows,
    getRowId: ({ id }) => id,
    enableRowSelection: selection !== undefined,
    state: { rowSelection: selection?.chosen ?? {} },
    onRowSelectionChange: (updater) => {
      const now = selection?.chosen ?? {}
      selection?.onChange(typeof updater === 'function' ? updater(now) : updater)
    },
  })
  const right = new Set(columns.filter(({ isRight }) => isRight).map(({ id }) => id))
  return (
    <div class={isStale ? 'table-frame stale' : 'table-frame'}>
      <table>
        <caption class="hidden">{caption}</caption>
        <thead>
          {table.getHeaderGroups().map((group) => (
            <tr key={group.id}>
              {selection && (
                <th scope="col" class="choose">
                  <CheckAll
                    all={table.getIsAllRowsSelected()}
                    some={table.getIsSomeRowsSelected()}
                    onChange={(all) => table.toggleAllRowsSelected(all)}
                  />
                </th>
              )}
              {group.headers.map((header) => (
                <th key={header.id} scope="col" class={right.has(header.column.id) ? 'right' : undefined}>
                  <table.FlexRender header={header} />
                </th>
              ))}
            </tr>
          ))}
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
              {row.getAllCells().map((cell) => (
                <td
                  key={cell.id}
                  class={right.has(cell.column.id) ? 'right' : undefined}
                  data-name={String(cell.column.columnDef.header)}
                >
                  <table.FlexRender cell={cell} />
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
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
