import { readFileSync, writeFileSync } from 'node:fs'
import { cpus } from 'node:os'

/** One measurement of charges. */
export interface Measured {
  engine: 'sqlite' | 'postgres'
  nodes: number
  /** Sessions of PostgreSQL that a PgBouncer in between hands out; null without one. */
  pooled: number | null
  /** The charged accounts, in words. */
  accounts: string
  perSecond: number
  perCommit: number
  p50: string
  p99: string
}

const BEGIN = '<!-- sizing: written by npm run bench:charges -- --page -->'
const END = '<!-- end of sizing -->'

/** Writes the measurements into a page, between its two marks. Throws where it has none. */
export function writeSizing(page: string, measured: readonly Measured[]): void {
  const text = readFileSync(page, 'utf8')
  const [from, to] = [text.indexOf(BEGIN), text.indexOf(END)]
  if (from < 0 || to < from) throw new Error(`${page} has no place for the sizes.`)
  writeFileSync(page, `${text.slice(0, from + BEGIN.length)}\n${sizingOf(measured)}\n${text.slice(to)}`)
}

/** The table: one row for each set of nodes, one column for each choice of accounts; each cell has charges per second, and rows per commit. */
function sizingOf(measured: readonly Measured[]): string {
  const columns = [...new Set(measured.map(({ accounts }) => accounts))]
  const rows = Map.groupBy(measured, placeOf)
  const head = ['Nodes', ...columns]
  const cellOf = (each: Measured | undefined) =>
    each === undefined
      ? '-'
      : `${count(each.perSecond)}/s, ${count(each.perCommit)} a commit, p50 ${each.p50} ms, p99 ${each.p99} ms`
  const lines = [...rows].map(([place, of]) => [
    place,
    ...columns.map((column) => cellOf(of.find(({ accounts }) => accounts === column))),
  ])
  const table = [head, head.map(() => '---'), ...lines].map((cells) => `| ${cells.join(' | ')} |`)
  const processors = cpus()
  return [
    `Measured on ${processors.length} processors (${processors[0]?.model.trim() ?? 'unknown'}), on which the database, all nodes and 256 callers run`,
    'together, so they take them from each other: read the rows against one another, not as the limit of a machine.',
    '',
    ...table,
    '',
  ].join('\n')
}

function placeOf({ engine, nodes, pooled }: Measured): string {
  if (engine === 'sqlite') return 'SQLite, one process'
  const by = pooled === null ? '' : `, PgBouncer with ${pooled} sessions`
  return `${nodes} on PostgreSQL${by}`
}

function count(amount: number): string {
  return Math.round(amount).toLocaleString('en')
}
