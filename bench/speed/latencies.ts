import { percentile } from '../figures.ts'
import type { Callers } from './callers.ts'
import type { Target } from './pairs.ts'

/** Times from when a request was due to its answer, for two targets in one random stream. */
export interface Latencies {
  perSecond: number
  subject: Distribution
  against: Distribution
}

/** The distribution of answer times, in milliseconds. */
export interface Distribution {
  name: string
  count: number
  p50Ms: number
  p99Ms: number
  p999Ms: number
}

/**
 * Sends at a fixed rate, whether or not answers arrive, so that a request that waits for a stalled server counts with its whole wait. A
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
