import type { SpeedReport } from './report.ts'
import { factsOf, type Row, rowsOf, shownRatio, whole } from './rows.ts'

/** More runnable programs than this disturb the measurement. */
const BUSY = 1.5
const README = 'bench/README.md'

/** The page `docs/benchmarks.md`. */
export function pageOf(report: SpeedReport): string {
  const { machine, pace } = report
  const rows = rowsOf(report).map(
    (row) =>
      `| ${row.what} | ${row.against} | ${shownRatio(row.rates)} | ${row.cpu === null ? '' : shownRatio(row.cpu)} | ${row.goal ?? ''} | ${whole(row.rate)} | ${row.micros?.toFixed(1) ?? ''} |`,
  )
  const facts = factsOf(report).map(({ what, figure, goal }) => `| ${what} | ${figure} | ${goal} |`)
  return `# Benchmarks

Written by \`npm run bench -- --page\`; [${README}](../${README}) says how it measures, what it does not show,
and [why a goal is missed](../${README}#what-is-met-and-what-is-not). The raw samples are in \`bench/samples.json\`.

${machine.processor}, ${machine.cores} cores, Linux ${machine.kernel}, Bun ${machine.bun}, commit ${machine.commit}, load ${machine.load.toFixed(1)} when it began;
${machine.pinned ? 'server and callers on a core each' : 'server and callers on the same cores'}, ${pace.connections} connections, ${pace.pairs} pairs of slices of ${pace.sliceMs} ms each.

${machine.load > BUSY ? '**The machine was busy with other programs: the ratios of rates say little, and times nothing.**\n\n' : ''}![How the rates compare](benchmarks.svg)

A ratio is the median over the pairs; 95 of 100 medians that are drawn from the same pairs lie in the range behind it. Processor time is turned round, so
that more is better in both columns.

| What | Against | Rates | Processor time | Goal | Answers a second | Microseconds each |
|---|---|---|---|---|---|---|
${rows.join('\n')}

| What | Figure | Goal |
|---|---|---|
${facts.join('\n')}
`
}

const WIDTH = 760
const ROW_HEIGHT = 34
const LEFT = 330
const SCALE = 260

/** The ratios as bars, with a mark at each goal. */
export function chartOf(report: SpeedReport): string {
  const rows = rowsOf(report)
  const height = rows.length * ROW_HEIGHT + 30
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${height}" viewBox="0 0 ${WIDTH} ${height}" font-family="sans-serif" font-size="12" role="img" aria-label="How the rates compare">
<rect width="${WIDTH}" height="${height}" fill="#ffffff"/>
${rows.map(barOf).join('\n')}
<text x="${LEFT}" y="${height - 8}" fill="#555555">bar: ratio of rates · line: spread · mark: goal</text>
</svg>
`
}

function barOf({ what, against, rates, goal }: Row, index: number): string {
  const y = index * ROW_HEIGHT + 8
  const middle = y + 10
  const at = (ratio: number) => (LEFT + Math.min(ratio, 1.5) * SCALE).toFixed(1)
  const mark =
    goal === null
      ? ''
      : `<line x1="${at(goal)}" x2="${at(goal)}" y1="${y - 2}" y2="${y + 22}" stroke="#c0392b" stroke-width="2"/>`
  return `<text x="${LEFT - 8}" y="${middle}" text-anchor="end" fill="#111111">${escaped(what)}</text>
<text x="${LEFT - 8}" y="${middle + 12}" text-anchor="end" fill="#777777" font-size="10">${escaped(against)}</text>
<rect x="${LEFT}" y="${y}" width="${(Math.min(rates.median, 1.5) * SCALE).toFixed(1)}" height="20" fill="#3b7dd8"/>
<line x1="${at(rates.low)}" x2="${at(rates.high)}" y1="${middle}" y2="${middle}" stroke="#12305c" stroke-width="2"/>
${mark}<text x="${Number(at(Math.max(rates.high, goal ?? 0))) + 6}" y="${middle + 4}" fill="#111111">${rates.median.toFixed(2)}</text>`
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;')
}
