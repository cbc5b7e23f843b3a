import { percentile } from '../figures.ts'
import type { Callers } from './callers.ts'
import type { Load } from './client.ts'
import { cpuMicros } from './cpu-time.ts'

/** A server and the requests to it. */
export interface Target {
  name: string
  pid: number
  load: Load
}

/** One slice of one target. */
export interface Slice {
  /** Answers per second. */
  rate: number
  /** The server's processor time per answer, in microseconds; null where the system does not report it. */
  cpuMicros: number | null
  /** The callers' own processor time. If it equals the server's, the callers are the limit. */
  clientMicros: number
}

/** Alternating slices of two targets, so that both met the same machine. */
export interface Pairs {
  name: string
  /** The minimum of the ratio; null for none. */
  goal: number | null
  subject: { name: string; slices: Slice[] }
  against: { name: string; slices: Slice[] }
}

/** A figure with its confidence interval: 95 of 100 medians drawn from its pairs lie between `low` and `high`. */
export interface Ratio {
  median: number
  low: number
  high: number
}

/** The time and the number of measurements. */
export interface Pace {
  pairs: number
  sliceMs: number
  /** The time for which each target is called before the first pair. */
  warmUpMs: number
  connections: number
}

/** Measures two targets alternately: A B, B A, and so on. */
export async function measurePairs(
  callers: Callers,
  { name, goal, subject, against }: { name: string; goal: number | null; subject: Target; against: Target },
  pace: Pace,
): Promise<Pairs> {
  const slices: Record<'subject' | 'against', Slice[]> = { subject: [], against: [] }
  const both = { subject, against }
  // The first calls compile code and read from the database, so they are not measured.
  for (const side of ['subject', 'against'] as const)
    await measureSlice(callers, both[side], { ...pace, sliceMs: pace.warmUpMs })
  for (let pair = 0; pair < pace.pairs; pair += 1) {
    const order = pair % 2 === 0 ? (['subject', 'against'] as const) : (['against', 'subject'] as const)
    for (const side of order) slices[side].push(await measureSlice(callers, both[side], pace))
  }
  return {
    name,
    goal,
    subject: { name: subject.name, slices: slices.subject },
    against: { name: against.name, slices: slices.against },
  }
}

/** Measures one target for a while. */
async function measureSlice(
  callers: Callers,
  { pid, load, name }: Target,
  { connections, sliceMs }: Pace,
): Promise<Slice> {
  const before = cpuMicros(pid)
  const { answered, failed, ms, clientMicros } = await callers.closed({ load, connections, ms: sliceMs })
  const after = cpuMicros(pid)
  if (failed > 0) throw new Error(`${failed} of ${answered + failed} requests to ${name} did not pass.`)
  const spent = before === null || after === null ? null : (after - before) / answered
  return { rate: (answered * 1_000) / ms, cpuMicros: spent, clientMicros }
}

/** The ratio of the subject's rate, pair by pair. */
export function rateRatio({ subject, against }: Pairs): Ratio {
  return ratioOf(subject.slices.map((slice, pair) => slice.rate / (against.slices[pair]?.rate ?? Number.NaN)))
}

/** The same for processor time, inverted so that more is better; it excludes other programs. */
export function cpuRatio({ subject, against }: Pairs): Ratio | null {
  const ratios = subject.slices.flatMap(({ cpuMicros: own }, pair) => {
    const other = against.slices[pair]?.cpuMicros ?? null
    return own === null || other === null ? [] : [other / own]
  })
  return ratios.length === 0 ? null : ratioOf(ratios)
}

const RESAMPLES = 2_000

/** The median of ratios, and the range that contains 95 of 100 medians of equally many ratios drawn from them. */
export function ratioOf(ratios: readonly number[]): Ratio {
  const medians = Array.from({ length: RESAMPLES }, () =>
    medianOf(ratios.map(() => ratios[Math.floor(Math.random() * ratios.length)] ?? Number.NaN)),
  ).sort((one, other) => one - other)
  return { median: medianOf(ratios), low: percentile(medians, 0.025), high: percentile(medians, 0.975) }
}

/** The median of some figures. */
export function medianOf(figures: readonly number[]): number {
  return percentile(
    figures.toSorted((one, other) => one - other),
    0.5,
  )
}
