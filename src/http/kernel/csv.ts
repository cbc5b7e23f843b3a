import type { Context } from 'hono'
import { harmlessCell, quotedCell } from '../../core/ground/table-cells.ts'
import type { Env } from './env.ts'
import { answerRows } from './row-texts.ts'

/** One column of a table: its head, and the cell of a row. `isText` marks cells whose text people choose, so that it may be anything. */
export interface CsvColumn<Row> {
  head: string
  cell(row: Row): string
  isText?: true
}

const LINE_END = '\r\n'

/** True when a caller prefers CSV to JSON, by its header `Accept` (RFC 9110, 12.5.1). */
export function prefersCsv(accept: string | undefined): boolean {
  const csv = weightOf(accept, 'text/csv')
  return csv > 0 && csv >= weightOf(accept, 'application/json')
}

function weightOf(accept: string | undefined, type: string): number {
  for (const range of (accept ?? '').toLowerCase().split(',')) {
    const [named = '', ...parameters] = range.split(';').map((part) => part.trim())
    if (named !== type) continue
    const weight = parameters.find((part) => part.startsWith('q='))
    return weight === undefined ? 1 : Number(weight.slice('q='.length)) || 0
  }
  return 0
}

/** A table: its rows, what its columns show of each row, and the name of its file. */
export interface CsvTable<Row, Line> {
  rows: readonly Row[]
  render(row: Row): Line
  columns: readonly CsvColumn<Line>[]
  name: string
  /** What rendering needs besides the rows, if it may be large. */
  besides?: unknown
}

/** Answers 200 with a table as CSV (RFC 4180), however many rows it has. */
export function answerCsv<Row, Line>(
  c: Context<Env>,
  { rows, render, columns, name, besides }: CsvTable<Row, Line>,
): Promise<Response> {
  const textOf = (row: Row) => {
    const line = render(row)
    return lineOf(
      columns.map(({ cell, isText }) => quotedCell(isText ? harmlessCell(cell(line)) : cell(line))),
    )
  }
  const head = lineOf(columns.map((column) => quotedCell(harmlessCell(column.head))))
  return answerRows(
    c,
    { head, rows, textOf, tail: '', besides },
    {
      'content-type': 'text/csv; charset=utf-8; header=present',
      'content-disposition': `attachment; filename="${name}"`,
      vary: 'Accept',
    },
  )
}

function lineOf(cells: readonly string[]): string {
  return `${cells.join(',')}${LINE_END}`
}
