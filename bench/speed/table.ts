import type { SpeedReport } from './report.ts'
import { factsOf, rowsOf, shownRatio, whole } from './rows.ts'

/** A run for the terminal. */
export function tableOf(report: SpeedReport): string {
  const { machine } = report
  const rows = rowsOf(report).map((row) => [
    row.what,
    row.against,
    shownRatio(row.rates),
    row.cpu === null ? '-' : shownRatio(row.cpu),
    row.goal === null ? '' : row.goal.toString(),
    `${whole(row.rate)}/s`,
    row.micros === null ? '-' : `${row.micros.toFixed(1)} µs`,
  ])
  const head = ['', 'against', 'rates', 'processor time', 'goal', 'answers', 'each']
  const facts = factsOf(report).map(({ what, figure, goal }) => [what, figure, `goal: ${goal}`])
  return `${machine.processor}, ${machine.cores} cores, load ${machine.load.toFixed(1)}, Bun ${machine.bun}, ${machine.commit}${machine.pinned ? '' : ', server and callers on the same cores'}

${aligned([head, ...rows])}

${aligned(facts)}
`
}

function aligned(rows: readonly string[][]): string {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)))
  return rows
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n')
}
