import { cpuRatio, medianOf, type Pairs, type Ratio, rateRatio, ratioOf } from './pairs.ts'
import type { SpeedReport } from './report.ts'

/** One comparison for people. */
export interface Row {
  what: string
  against: string
  /** The ratios of the rates and of the processor time per answer; more is better in both. */
  rates: Ratio
  cpu: Ratio | null
  goal: number | null
  /** Answers per second, and microseconds of processor time per answer. */
  rate: number
  micros: number | null
}

/** The comparisons of a run. */
export function rowsOf({ pairs }: SpeedReport): Row[] {
  return pairs.map((each) => ({
    what: each.name,
    against: each.against.name,
    rates: rateRatio(each),
    cpu: cpuRatio(each),
    goal: each.goal,
    rate: medianOf(each.subject.slices.map(({ rate }) => rate)),
    micros: microsOf(each),
  }))
}

function microsOf({ subject }: Pairs): number | null {
  const micros = subject.slices.flatMap(({ cpuMicros }) => (cpuMicros === null ? [] : [cpuMicros]))
  return micros.length === 0 ? null : medianOf(micros)
}

/** One figure and its goal. */
export interface Fact {
  what: string
  figure: string
  goal: string
}

/** The figures that are measured without pairs. */
export function factsOf({ inProcess, served, latencies, startMs, betterAuth, keys }: SpeedReport): Fact[] {
  const { rounds, held } = inProcess
  const verifyNs = medianOf(rounds.map((round) => round.verifyNs))
  const { subject, against } = latencies
  const heap = held.heapBytes / held.keys
  const facts: Fact[] = [
    {
      what: 'verify in process, permission, rate limit and budget on',
      figure: `${whole(1e9 / verifyNs)} a second on one core`,
      goal: '400,000',
    },
    {
      what: 'the same against the SHA-256 alone',
      figure: `${shownRatio(ratioOf(rounds.map((round) => round.verifyNs / round.hashNs)))} times its cost`,
      goal: 'at most 2.5',
    },
    {
      what: `verify at half load (${whole(latencies.perSecond)} a second), against the empty handler`,
      figure: `p50 ${ms(subject.p50Ms)} against ${ms(against.p50Ms)}, p99 ${ms(subject.p99Ms)} against ${ms(against.p99Ms)}: ${(subject.p99Ms / against.p99Ms).toFixed(2)} times`,
      goal: 'p99 at most 1.25 times',
    },
    {
      what: `memory of a held key, of ${whole(held.keys)}`,
      figure: `${whole(heap)} bytes, ${whole((heap * 100_000) / 2 ** 20)} MiB for 100,000`,
      goal: '150 MB for 100,000',
    },
    {
      what: `memory by which the server grows when it verifies ${whole(served.keys)} keys with two limits each`,
      figure: served.grownBytes === null ? '?' : `${whole(served.grownBytes / 1e6)} MB`,
      goal: '300 MB above its base, with 100,000 keys',
    },
    {
      what: `start of the process to the first verify, with ${whole(keys + 1_000)} keys`,
      figure: `${whole(startMs)} ms`,
      goal: '500 ms',
    },
  ]
  if (betterAuth === null) return facts
  const theirs = 1e9 / betterAuth.verifyNs
  facts.push({
    what: `against better-auth ${betterAuth.version}, in process, on SQLite with the same settings`,
    figure: `${whole(betterAuth.verifyNs / verifyNs)} times as many (it does ${whole(theirs)} a second)`,
    goal: '150',
  })
  return facts
}

/** A ratio with its spread. */
export function shownRatio({ median, low, high }: Ratio): string {
  return `${median.toFixed(2)} (${low.toFixed(2)}-${high.toFixed(2)})`
}

/** A figure without decimals. */
export function whole(figure: number): string {
  return Math.round(figure).toLocaleString('en-US')
}

function ms(figure: number): string {
  return `${figure.toFixed(2)} ms`
}
