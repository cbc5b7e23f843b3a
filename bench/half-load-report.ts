import { quotients, type Spread, shown, spreadOf } from './figures.ts'
import { print, row, verdict } from './lines.ts'
import type { Half, Repeat } from './metering-results.ts'

const ACKNOWLEDGED_P99_MS_GOAL = 15
const VERIFY_P99_GOAL = 3

/** Prints how long acknowledgements take at half of the rate that was reached, and verifies beside them. */
export function printHalves(repeats: readonly Repeat[]): void {
  print('  At half of these rates, with calls sent at moments of their own, and verifies beside them')
  print(
    row(
      'keys',
      'what',
      'events/s',
      'acknowledged p50',
      'p99',
      'fsync before, p99',
      'wakes late, p99',
      'verify p99',
      'x idle',
    ),
  )
  const verdicts: string[] = []
  for (const [index, { keys, workload }] of (repeats[0]?.halves ?? []).entries()) {
    const over = (figure: (half: Half, repeat: Repeat) => number) => spreadOfHalf(repeats, index, figure)
    const perCall = Math.max(1, workload.eventsPerCall)
    const p99 = over(({ acknowledged }) => acknowledged.p99Ms)
    const slower = over(({ verify }, { verifyIdle }) => verify.p99Ms / verifyIdle.p99Ms)
    const cells = [
      shown(over(({ acknowledged }) => acknowledged.callsPerSecond * perCall)),
      ...[
        over(({ acknowledged }) => acknowledged.p50Ms),
        p99,
        over(({ disk }) => disk.syncP99Ms),
        over(({ verify }) => verify.lateP99Ms),
        over(({ verify }) => verify.p99Ms),
      ].map((spread) => shown(spread, ' ms')),
    ]
    print(row(String(keys), workload.name, ...cells, shown(slower)))
    verdicts.push(
      `  ${keys} keys, ${workload.name}, half load: p99 <= ${ACKNOWLEDGED_P99_MS_GOAL} ms ${verdict(p99.median <= ACKNOWLEDGED_P99_MS_GOAL)}; verify p99 <= ${VERIFY_P99_GOAL}x idle ${verdict(slower.median <= VERIFY_P99_GOAL)}`,
    )
  }
  for (const line of verdicts) print(line)
}

/** Prints the same of two servers, as the quotients of each repeat. */
export function printHalvesCompared(own: readonly Repeat[], other: readonly Repeat[]): void {
  for (const [index, { keys, workload }] of (own[0]?.halves ?? []).entries()) {
    const times = (figure: (half: Half) => number) => {
      const figures = (of: readonly Repeat[]) =>
        of.flatMap(({ halves }) => halves.slice(index, index + 1).map(figure))
      return shown(quotients(figures(own), figures(other)))
    }
    const acknowledged = times((half) => half.acknowledged.p99Ms)
    const verify = times((half) => half.verify.p99Ms)
    print(
      `  half load, ${keys} keys, ${workload.name}: acknowledged p99 ${acknowledged} times as long, verify p99 beside it ${verify}`,
    )
  }
}

function spreadOfHalf(
  repeats: readonly Repeat[],
  index: number,
  figure: (half: Half, repeat: Repeat) => number,
): Spread {
  return spreadOf(
    repeats.flatMap((repeat) => repeat.halves.slice(index, index + 1).map((half) => figure(half, repeat))),
  )
}
