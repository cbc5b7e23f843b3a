import type { Context } from 'hono'
import { harmlessCell, quotedCell } from '../../core/ground/table-cells.ts'
import type { Env } from './env.ts'

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

/** Answers 200 with a table as CSV (RFC 4180) and this file name. A long table is written in pieces, each when it is the caller's turn. */
export async function answerCsv<Row>(
  c: Context<Env>,
  { rows, columns, name }: { rows: readonly Row[]; columns: readonly CsvColumn<Row>[]; name: string },
): Promise<Response> {
  const turns = c.get('turns')
  let text = lineOf(columns.map(({ head }) => quotedCell(harmlessCell(head))))
  for (const row of rows) {
    if (turns.isOver()) await turns.next()
    text += lineOf(
      columns.map(({ cell, isText }) => quotedCell(isText ? harmlessCell(cell(row)) : cell(row))),
    )
  }
  return c.body(text, 200, {
    'content-type': 'text/csv; charset=utf-8; header=present',
    'content-disposition': `attachment; filename="${name}"`,
    vary: 'Accept',
  })
}

function lineOf(cells: readonly string[]): string {
  return `${cells.join(',')}${LINE_END}`
}
