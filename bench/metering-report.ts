import { quotients, type Spread, shown, spreadOf } from './figures.ts'
import { printHalves, printHalvesCompared } from './half-load-report.ts'
import { print, row, verdict } from './lines.ts'
import type { MeteringReport, Repeat } from './metering-results.ts'

const RATIO_GOAL = 20

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
  print(
    `  write and fsync of 4 KiB:    ${shown(spreadOf(disks.map(({ syncs }) => syncs)), '/s')}, p99 ${shown(spreadOf(disks.map(({ syncP99Ms }) => syncP99Ms)), ' ms')}`,
  )
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
  const late = over(({ verifyIdle }) => verifyIdle.lateP99Ms)
  const loaded = over(({ verifyLoaded }) => verifyLoaded.p99Ms)
  const calls = repeats.reduce(
    (sum, { verifyIdle, verifyLoaded }) => sum + verifyIdle.calls + verifyLoaded.calls,
    0,
  )
  const slower = over(({ verifyIdle, verifyLoaded }) => verifyLoaded.p99Ms / verifyIdle.p99Ms)
  print(
    `  verify p99, ${calls} calls: idle ${shown(idle, ' ms')} (the machine wakes a thread ${shown(late, ' ms')} late), metering flat out ${shown(loaded, ' ms')}, ratio ${shown(slower)}`,
  )
  printHalves(repeats)
  printVerdicts(repeats)
}

function printVerdicts(repeats: readonly Repeat[]): void {
  for (const { keys, workload, rate, ratio } of loadsOf(repeats)) {
    const fast = ratio.median >= RATIO_GOAL
    const slowDisk = Math.floor(rate.median / RATIO_GOAL)
    print(
      `  ${keys} keys, ${workload.name}: ${RATIO_GOAL}x ${verdict(fast)} (met by this rate where a disk does at most ${slowDisk} single commits/s)`,
    )
  }
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
  printHalvesCompared(own, other)
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
