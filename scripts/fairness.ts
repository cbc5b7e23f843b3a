import { parseArgs } from 'node:util'
import { HOSTILE_KINDS, type HostileKind } from '../test/fairness/hostile-kinds.ts'
import { FAULTY_MAIN, MISTAKES } from '../test/fairness/planted.ts'
import {
  brokenIn,
  PROMISED,
  type Promised,
  type Round,
  shown,
  startTrial,
  WAITED_TOO_LONG,
} from '../test/fairness/trial.ts'

// One hostile tenant of each kind beside an honest one: `npm run test:fairness`, or `-- --long`, or `-- --kind 'long reads'`. With `--
// --planted` the servers have mistakes in them, each of which must be noticed. Prints the results of each kind, and ends with one line:
// `N passed, M failed`. With `-- --steady` only the rate and the memory are judged, which a slow machine does not change.

const { values: options } = parseArgs({
  options: {
    long: { type: 'boolean', default: false },
    planted: { type: 'boolean', default: false },
    steady: { type: 'boolean', default: false },
    kind: { type: 'string', multiple: true },
  },
})
// The control tells the machine's part of the times, which a steady run does not judge.
const hasControl = !options.steady && !options.planted
const extent = options.long
  ? { keys: 200_000, stretchMs: 6_000, rounds: 8, allMs: 30 * 60_000, hasControl }
  : { keys: 20_000, stretchMs: 1_600, rounds: 6, allMs: hasControl ? 360_000 : 80_000, hasControl }
const { p99Ratio, rateShare, revokeMs, memoryMib } = PROMISED
const STEADY: ReadonlySet<Promised> = new Set(['rate', 'memory'])
let failed = 0
let passed = 0
let skipped = 0

print(
  `promised beside a hostile tenant: p99 <= ${p99Ratio} x alone, ${rateShare} of the rate, revokes <= ${revokeMs} ms p99, ${memoryMib} MiB`,
)
print(
  `each promise is judged by its best round, of at most ${extent.rounds}; times are p50/p99, alone -> beside`,
)
if (hasControl)
  print(
    'between them: while the same hostile tenant sends to a bare Bun server, which is what the machine adds',
  )
if (options.planted) await seePlanted()
else await tryKinds()
print(`${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`)
process.exit(failed === 0 && passed + skipped > 0 ? 0 : 1)

async function tryKinds(): Promise<void> {
  const all = Object.keys(HOSTILE_KINDS) as HostileKind[]
  const kinds = all.filter((kind) => options.kind === undefined || options.kind.includes(kind))
  const trial = await startTrial(extent, kinds.length)
  for (const kind of kinds) {
    const rounds = await trial.measure(kind)
    const beyond = brokenIn(rounds)
    const broken = options.steady ? beyond.filter((name) => STEADY.has(name)) : beyond
    const told = beyond.filter((name) => !broken.includes(name))
    if (broken.length > 0 && !isTold(rounds)) {
      skipped += 1
      print(`SKIPPED ${kind}: other programs keep this machine too busy to tell (${broken.join(', ')})`)
    } else {
      count(broken.length === 0)
      print(broken.length === 0 ? `held    ${kind}` : `BROKEN  ${kind}: ${broken.join(', ')}`)
      if (told.length > 0) print(`          not judged, but beyond what is promised: ${told.join(', ')}`)
    }
    for (const round of rounds) print(`          ${lineOf(round)}`)
  }
  await trial.close()
}

/** A server with a mistake must break the promise of that mistake in every round. */
async function seePlanted(): Promise<void> {
  for (const [mistake, { kind, breaks }] of Object.entries(MISTAKES)) {
    if (options.kind !== undefined && !options.kind.includes(kind)) continue
    const trial = await startTrial({ ...extent, rounds: 3 }, 1, { main: FAULTY_MAIN, mistake })
    const rounds = await trial.measure(kind)
    await trial.close()
    const broken = brokenIn(rounds)
    const isSeen = broken.includes(breaks)
    if (isSeen || isTold(rounds)) count(isSeen)
    else skipped += 1
    const verdict = isSeen ? 'seen    ' : isTold(rounds) ? 'NOT SEEN' : 'SKIPPED '
    print(`${verdict} ${mistake}, by ${kind}: ${broken.join(', ') || 'nothing broken'}`)
    for (const round of rounds) print(`          ${lineOf(round)}`)
  }
}

/** Whether the machine was free enough for the server in at least one of the rounds. */
function isTold(rounds: readonly Round[]): boolean {
  return rounds.some(({ waited }) => (waited ?? 0) <= WAITED_TOO_LONG)
}

function count(isRight: boolean): void {
  if (isRight) passed += 1
  else failed += 1
}

function lineOf({
  idle,
  elsewhere,
  beside,
  rateShare,
  honestTries,
  refused,
  hostile,
  memoryMib,
  waited,
  longestMs,
  strain,
}: Round): string {
  const stages = [idle, ...(elsewhere === null ? [] : [elsewhere]), beside]
  const times = (['verify', 'charge', 'report', 'revoke'] as const).map(
    (name) => `${name} ${stages.map((of) => `${shown(of[name].p50)}/${shown(of[name].p99)}`).join(' -> ')}`,
  )
  const statuses = Object.entries(hostile.statuses).map(([status, count]) => `${status}: ${count}`)
  return [
    times.join(', '),
    `rate ${rateShare.toFixed(2)} of ${honestTries} tries`,
    `${hostile.tries} hostile tries (${statuses.join(', ')})`,
    `${memoryMib ?? '?'} MiB`,
    `the main thread worked for ${longestMs === null ? '?' : shown(longestMs)} at most without a pause`,
    `it waited ${Math.round(100 * (waited ?? 0))} % of its time for a processor`,
    ...(refused.length > 0 ? [`${refused.length} refused, such as ${refused[0]}`] : []),
    ...Object.entries(strain).flatMap(([name, value]) =>
      value > 1 ? [`${name} ${value.toFixed(2)} x what is promised`] : [],
    ),
  ].join('; ')
}

function print(line: string): void {
  process.stdout.write(`${line}\n`)
}
