import type { Context } from './command.ts'
import { csvCell, type Paint, padded, paintFor, printable, widthOf } from './text.ts'

/** One column of what is shown. */
export interface Column<Row> {
  /** Its head in a table; in CSV the same in lower case. */
  head: string
  value(row: Row): string
  /** How it looks in a table, where that is more than its text. */
  paint?(row: Row, paint: Paint): string
}

/** Shows rows as they come, as a table, CSV or JSON. */
export interface Shower<Row> {
  rows(rows: readonly Row[]): void
  end(): void
}

/** Begins to show rows of these columns. JSON shows them as the API answers them. */
export function showRows<Row>(
  { terminal, env, output }: Pick<Context, 'terminal' | 'env' | 'output'>,
  columns: readonly Column<Row>[],
): Shower<Row> {
  if (output === 'json') return showJson(terminal)
  if (output === 'csv') {
    const line = (cells: readonly string[]) => terminal.out(`${cells.map(csvCell).join(',')}\r\n`)
    line(columns.map(({ head }) => head.toLowerCase().replaceAll(' ', '_')))
    return {
      rows(rows) {
        for (const row of rows) line(columns.map(({ value }) => value(row)))
      },
      end() {},
    }
  }
  return showTable(terminal, columns, paintFor(terminal, env))
}

function showJson<Row>({ out }: Context['terminal']): Shower<Row> {
  let count = 0
  return {
    rows(rows) {
      for (const row of rows) {
        out(`${count === 0 ? '[\n' : ',\n'}  ${JSON.stringify(row)}`)
        count += 1
      }
    },
    end: () => out(count === 0 ? '[]\n' : '\n]\n'),
  }
}

function showTable<Row>(
  { out, err }: Context['terminal'],
  columns: readonly Column<Row>[],
  paint: Paint,
): Shower<Row> {
  let widths: number[] | null = null
  let count = 0
  return {
    rows(rows) {
      if (rows.length === 0) return
      const texts = rows.map((row) => columns.map(({ value }) => printable(value(row))))
      if (widths === null) {
        // Pages that follow keep the columns of the first one, however long their texts are.
        widths = columns.map(({ head }, at) =>
          Math.max(widthOf(head), ...texts.map((cells) => widthOf(cells[at] ?? ''))),
        )
        out(
          `${lineOf(
            columns.map(({ head }) => paint('bold', head)),
            columns.map(({ head }) => head),
            widths,
          )}\n`,
        )
      }
      for (const [index, row] of rows.entries()) {
        const cells = texts[index] ?? []
        const shown = columns.map((column, at) => column.paint?.(row, paint) ?? cells[at] ?? '')
        out(`${lineOf(shown, cells, widths)}\n`)
      }
      count += rows.length
    },
    end() {
      if (count === 0) err('Nothing found.\n')
    },
  }
}

/** The cells side by side; `plain` are their texts without colours, by which they are measured. */
function lineOf(shown: readonly string[], plain: readonly string[], widths: readonly number[]): string {
  const last = shown.length - 1
  return shown
    .map((text, at) => {
      const blanks = (widths[at] ?? 0) - widthOf(plain[at] ?? '')
      return at === last ? text : text + ' '.repeat(Math.max(0, blanks) + 2)
    })
    .join('')
    .trimEnd()
}

/** Shows one record: as lines of name and value, or as JSON. */
export function showRecord(
  { terminal, env, output }: Pick<Context, 'terminal' | 'env' | 'output'>,
  record: object,
  lines: readonly (readonly [name: string, value: string])[],
): void {
  if (output === 'json') {
    terminal.out(`${JSON.stringify(record, null, 2)}\n`)
    return
  }
  if (output === 'csv') {
    terminal.out(`${lines.map(([name]) => csvCell(name.replaceAll(' ', '_'))).join(',')}\r\n`)
    terminal.out(`${lines.map(([, value]) => csvCell(value)).join(',')}\r\n`)
    return
  }
  const paint = paintFor(terminal, env)
  const width = Math.max(...lines.map(([name]) => name.length))
  for (const [name, value] of lines)
    terminal.out(`${paint('dim', padded(name, width))}  ${printable(value)}\n`)
}
