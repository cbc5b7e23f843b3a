import { percentile } from '../figures.ts'
import type { Callers } from './callers.ts'
import type { Target } from './pairs.ts'

/** Times from the moment a request was due to its answer, of two targets that were asked at random in one stream. */
export interface Latencies {
  perSecond: number
  subject: Distribution
  against: Distribution
}

/** How long answers took, in milliseconds. */
export interface Distribution {
  name: string
  count: number
  p50Ms: number
  p99Ms: number
  p999Ms: number
}

/**
 * Asks at a fixed rate, whether or not answers come: what waits because the server stood still counts with all of its wait. A
 * stall of the machine meets both targets alike.
 */
export async function measureLatencies(
  callers: Callers,
  { subject, against }: { subject: Target; against: Target },
  { perSecond, ms, connections }: { perSecond: number; ms: number; connections: number },
): Promise<Latencies> {
  const loads = [subject.load, against.load]
  await callers.open({ loads, perSecond, ms: Math.min(ms, 1_000), connections })
  const { latencies, failed } = await callers.open({ loads, perSecond, ms, connections })
  if (failed > 0) throw new Error(`${failed} requests did not pass.`)
  return {
    perSecond,
    subject: distributionOf(subject.name, latencies[0] ?? []),
    against: distributionOf(against.name, latencies[1] ?? []),
  }
}

function distributionOf(name: string, sorted: readonly number[]): Distribution {
  return {
    name,
    count: sorted.length,
    p50Ms: percentile(sorted, 0.5),
    p99Ms: percentile(sorted, 0.99),
    p999Ms: percentile(sorted, 0.999),
  }
}
