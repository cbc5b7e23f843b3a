import type { Context } from './command.ts'
import {
  type Colour,
  csvCell,
  jsonText,
  type Paint,
  padded,
  paintFor,
  printable,
  shortened,
  widthOf,
} from './text.ts'

/** One column of a table. */
export interface Column<Row> {
  /** Its head in a table; in CSV the same in lower case. */
  head: string
  value(row: Row): string
  /** Its colour in a table; none when absent. */
  colour?(row: Row): Colour
  /** The order in which columns are left out when the terminal is too narrow; 1 is left out first. A column without a number stays. */
  spare?: number
  /** A text from outside, of any length: it is cut off after some columns of the terminal. */
  isCut?: true
}

/** Shows rows as they arrive, as a table, CSV or JSON. */
export interface Shower<Row> {
  rows(rows: readonly Row[]): void
  end(): void
}

/** Starts to show rows with these columns. JSON shows them as the API returns them. */
export function showRows<Row>(
  { terminal, env, output }: Pick<Context, 'terminal' | 'env' | 'output'>,
  columns: readonly Column<Row>[],
): Shower<Row> {
  if (output === 'json') return showJson(terminal)
  if (output === 'csv') {
    const line = (cells: readonly string[]) => terminal.out(csvLine(terminal, cells))
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
        out(`${count === 0 ? '[\n' : ',\n'}  ${jsonText(row)}`)
        count += 1
      }
    },
    end: () => out(count === 0 ? '[]\n' : '\n]\n'),
  }
}

function showTable<Row>(
  terminal: Context['terminal'],
  columns: readonly Column<Row>[],
  paint: Paint,
): Shower<Row> {
  const { out, err, isOutTty } = terminal
  const room = isOutTty ? terminal.columns : Number.POSITIVE_INFINITY
  let fitted: Fitted<Row> | null = null
  let count = 0
  const show = (cells: readonly Cell[]) => out(`${lineOf(cells)}\n`)
  return {
    rows(rows) {
      if (rows.length === 0) return
      if (fitted === null) {
        // Further pages keep the columns of the first one, however long their texts are.
        fitted = fitting(columns, rows, room)
        show(
          [...fitted.widths].map(([{ head }, width]) => ({ text: head, shown: paint('bold', head), width })),
        )
      }
      const { widths, cut } = fitted
      for (const row of rows)
        show(
          [...widths].map(([column, width]) => {
            const text = cellOf(row, column, cut)
            const colour = column.colour?.(row)
            return { text, shown: colour === undefined ? text : paint(colour, text), width }
          }),
        )
      count += rows.length
    },
    end() {
      if (count === 0) err('Nothing found.\n')
      const left = columns.filter((column) => fitted?.widths.has(column) === false).map(({ head }) => head)
      if (left.length > 0)
        err(`The terminal is too narrow for ${left.join(', ')}. --output csv or json shows all.\n`)
    },
  }
}

const GAP = 2
/** A text of this length fits into 80 columns, together with an id and a status. */
const CUT = 25

/** The layout of a table that fits the terminal. */
interface Fitted<Row> {
  /** The columns that fit, in their order. */
  widths: Map<Column<Row>, number>
  /** The length after which texts from outside are cut off. */
  cut: number
}

/** Shows everything if it fits. Otherwise texts are cut off, and then columns are left out in the order of `spare`. */
function fitting<Row>(columns: readonly Column<Row>[], rows: readonly Row[], room: number): Fitted<Row> {
  const widthsAt = (cut: number) =>
    columns.map((column): [Column<Row>, number] => {
      const texts = rows.map((row) => widthOf(cellOf(row, column, cut)))
      return [column, Math.max(widthOf(column.head), ...texts)]
    })
  const whole = widthsAt(Number.POSITIVE_INFINITY)
  if (whole.reduce((sum, [, width]) => sum + width + GAP, -GAP) <= room)
    return { widths: new Map(whole), cut: Number.POSITIVE_INFINITY }
  const widths = widthsAt(CUT)
  const kept = new Set<Column<Row>>()
  let left = room + GAP
  for (const [column, width] of widths.toSorted(([one], [other]) => rankOf(other) - rankOf(one))) {
    if (column.spare !== undefined && width + GAP > left) continue
    kept.add(column)
    left -= width + GAP
  }
  return { widths: new Map(widths.filter(([column]) => kept.has(column))), cut: CUT }
}

function rankOf({ spare = Number.MAX_SAFE_INTEGER }: { spare?: number }): number {
  return spare
}

function cellOf<Row>(row: Row, { value, isCut }: Column<Row>, cut: number): string {
  const text = printable(value(row))
  return isCut ? shortened(text, cut) : text
}

interface Cell {
  /** The plain text, which determines the width. */
  text: string
  /** The same with its colours. */
  shown: string
  width: number
}

function lineOf(cells: readonly Cell[]): string {
  return cells
    .map(({ text, shown, width }) => shown + ' '.repeat(Math.max(0, width - widthOf(text)) + GAP))
    .join('')
    .trimEnd()
}

/** One line about a record. A null or empty value is left out. */
export type Line = readonly [name: string, value: string | null]

/** Shows one record, as lines of name and value or as JSON. */
export function showRecord(
  { terminal, env, output }: Pick<Context, 'terminal' | 'env' | 'output'>,
  record: object,
  all: readonly Line[],
): void {
  if (output === 'json') {
    terminal.out(`${jsonText(record, 2)}\n`)
    return
  }
  const lines = all.flatMap(([name, value]) =>
    value === null || value === '' ? [] : [[name, value] as const],
  )
  if (output === 'csv') {
    terminal.out(
      csvLine(
        terminal,
        lines.map(([name]) => name.replaceAll(' ', '_')),
      ),
    )
    terminal.out(
      csvLine(
        terminal,
        lines.map(([, value]) => value),
      ),
    )
    return
  }
  const paint = paintFor(terminal, env)
  // A name may contain a text from outside, as that of a rate limit does.
  const shown = lines.map(([name, value]) => [printable(name), printable(value)] as const)
  const width = Math.max(...shown.map(([name]) => widthOf(name)))
  for (const [name, value] of shown) terminal.out(`${paint('dim', padded(name, width))}  ${value}\n`)
}

/** A line of CSV: a file gets the texts as they are, a terminal must not obey them. */
function csvLine({ isOutTty }: Context['terminal'], cells: readonly string[]): string {
  return `${cells.map((text) => csvCell(isOutTty ? printable(text) : text)).join(',')}\r\n`
}
