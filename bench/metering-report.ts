import type { DiskRate } from './disk-rate.ts'
import { type Spread, shown, spreadOf } from './figures.ts'
import type { LoadResult, Workload } from './metering-load.ts'
import type { ProbeResult } from './verify-probe.ts'

/** The measurements of one server in one repeat. */
export interface Repeat {
  /** Each has the disk's own rate just before it: a shared disk changes from one second to the next. */
  loads: { keys: number; workload: Workload; disk: DiskRate; result: LoadResult }[]
  verifyIdle: ProbeResult
  verifyLoaded: ProbeResult
}

/** Everything that a run has measured, by the server's name. */
export interface MeteringReport {
  machine: { cores: number; loadBefore: number; loadAfter: number; bun: string; commit: string }
  repeats: Record<string, Repeat[]>
}

const RATIO_GOAL = 20
const ACKNOWLEDGED_P99_MS_GOAL = 15

/** Prints the measurements: a table and verdicts for people, or JSON for programs. */
export function printReport(report: MeteringReport, json: boolean): void {
  if (json) {
    print(JSON.stringify(report, null, 2))
    return
  }
  const { cores, loadBefore, loadAfter, bun, commit } = report.machine
  print(
    `${cores} cores, load ${loadBefore.toFixed(1)} before and ${loadAfter.toFixed(1)} after, Bun ${bun}, commit ${commit}`,
  )
  for (const [name, repeats] of Object.entries(report.repeats)) printServer(name, repeats)
  const [own, other] = Object.values(report.repeats)
  if (own !== undefined && other !== undefined) printComparison(own, other)
}

function printServer(name: string, repeats: readonly Repeat[]): void {
  const over = (figure: (repeat: Repeat) => number) => spreadOf(repeats.map(figure))
  print(`\nServer: ${name}; medians of ${repeats.length} repeats (lowest-highest)`)
  const disks = repeats.flatMap(({ loads }) => loads.map(({ disk }) => disk))
  print(`  single commits of this disk: ${shown(spreadOf(disks.map(({ commits }) => commits)), '/s')}`)
  print(`  write and fsync of 4 KiB:    ${shown(spreadOf(disks.map(({ syncs }) => syncs)), '/s')}`)
  print(
    row(
      'keys',
      'what',
      'durable events/s',
      'x single commits',
      'acknowledged p50',
      'p99',
      'CPU per event',
      'written per event',
    ),
  )
  for (const load of loadsOf(repeats)) {
    const { keys, workload, rate, ratio, p50, p99, cpu, written } = load
    print(
      row(
        String(keys),
        workload.name,
        shown(rate),
        shown(ratio),
        shown(p50, ' ms'),
        shown(p99, ' ms'),
        cost(cpu, ' us'),
        cost(written, ' B'),
      ),
    )
  }
  const idle = over(({ verifyIdle }) => verifyIdle.p99Ms)
  const loaded = over(({ verifyLoaded }) => verifyLoaded.p99Ms)
  const calls = repeats.reduce(
    (sum, { verifyIdle, verifyLoaded }) => sum + verifyIdle.calls + verifyLoaded.calls,
    0,
  )
  const slower = over(({ verifyIdle, verifyLoaded }) => verifyLoaded.p99Ms / verifyIdle.p99Ms)
  print(
    `  verify p99, ${calls} calls: idle ${shown(idle, ' ms')}, metering flat out ${shown(loaded, ' ms')}, ratio ${shown(slower)}`,
  )
  printVerdicts(repeats)
}

function printVerdicts(repeats: readonly Repeat[]): void {
  for (const { keys, workload, rate, ratio, p99 } of loadsOf(repeats)) {
    const fast = ratio.median >= RATIO_GOAL
    const soon = p99.median <= ACKNOWLEDGED_P99_MS_GOAL
    const slowDisk = Math.floor(rate.median / RATIO_GOAL)
    print(
      `  ${keys} keys, ${workload.name}: ${RATIO_GOAL}x ${verdict(fast)} (met by this rate where a disk does at most ${slowDisk} single commits/s); p99 <= ${ACKNOWLEDGED_P99_MS_GOAL} ms ${verdict(soon)}`,
    )
  }
}

function verdict(met: boolean): string {
  return met ? 'goal met' : 'goal missed'
}

function printComparison(own: readonly Repeat[], other: readonly Repeat[]): void {
  print('\nHere against the other, by repeat')
  for (const [index, { keys, workload }] of (own[0]?.loads ?? []).entries()) {
    const times = (figure: (result: Load['result']) => number | null) => {
      const figures = (of: readonly Repeat[]) =>
        of.map(({ loads }) => (loads[index] && figure(loads[index].result)) ?? 0)
      return shown(quotients(figures(own), figures(other)))
    }
    const rates = times(({ eventsPerSecond }) => eventsPerSecond)
    const cpu = times(({ cpuUsPerEvent }) => cpuUsPerEvent)
    const written = times(({ writtenBytesPerEvent }) => writtenBytesPerEvent)
    print(
      `  ${keys} keys, ${workload.name}: ${rates} times the events/s, ${cpu} times the CPU and ${written} times the bytes per event`,
    )
  }
  const p99 = (of: readonly Repeat[]) => of.map(({ verifyLoaded }) => verifyLoaded.p99Ms)
  print(`  verify p99 while metering runs flat out: ${shown(quotients(p99(own), p99(other)))} times as long`)
}

function quotients(ones: readonly number[], others: readonly number[]): Spread {
  return spreadOf(ones.map((one, index) => one / (others[index] ?? Number.NaN)))
}

type Load = Repeat['loads'][number]

interface LoadFigures extends Pick<Load, 'keys' | 'workload'> {
  rate: Spread
  /** Compared with the single commits just before. */
  ratio: Spread
  p50: Spread
  p99: Spread
  /** Null where the system does not report it. */
  cpu: Spread | null
  written: Spread | null
}

function loadsOf(repeats: readonly Repeat[]): LoadFigures[] {
  return (repeats[0]?.loads ?? []).map(({ keys, workload }, index) => {
    const over = (figure: (load: Load) => number) =>
      spreadOf(repeats.flatMap(({ loads }) => loads.slice(index, index + 1).map(figure)))
    return {
      keys,
      workload,
      rate: over(({ result }) => result.eventsPerSecond),
      ratio: over(({ result, disk }) => result.eventsPerSecond / disk.commits),
      p50: over(({ result }) => result.p50Ms),
      p99: over(({ result }) => result.p99Ms),
      cpu: spreadIfKnown(repeats, index, ({ cpuUsPerEvent }) => cpuUsPerEvent),
      written: spreadIfKnown(repeats, index, ({ writtenBytesPerEvent }) => writtenBytesPerEvent),
    }
  })
}

function spreadIfKnown(
  repeats: readonly Repeat[],
  index: number,
  figure: (result: Load['result']) => number | null,
): Spread | null {
  const figures = repeats.map(({ loads }) => (loads[index] ? figure(loads[index].result) : null))
  const known = figures.filter((each) => each !== null)
  return known.length === 0 ? null : spreadOf(known)
}

function cost(spread: Spread | null, unit: string): string {
  return spread === null ? 'unknown' : shown(spread, unit)
}

function row(...cells: string[]): string {
  const widths = [7, 28, 24, 20, 22, 22, 22, 0]
  return `  ${cells.map((cell, index) => cell.padEnd(widths[index] ?? 0)).join('')}`.trimEnd()
}

function print(line: string): void {
  process.stdout.write(`${line}\n`)
}
