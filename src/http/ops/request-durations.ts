import type { RequestReport } from '../kernel/api.ts'

/** What requests are told apart by. */
export type RequestKind = Pick<RequestReport, 'method' | 'route' | 'status'>

/** Requests of one kind, counted by how long they took. */
export interface RequestCount {
  add(seconds: number): void
}

/** How long requests took. Counting is a few additions; the text is made when somebody asks. */
export interface RequestDurations {
  of(kind: RequestKind): RequestCount
  /** A histogram in Prometheus' text form, with a line break at its end. */
  text(): string
}

const NAME = 'http_server_request_duration_seconds'
const BUCKETS_SECONDS = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5]
const METHODS = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'])

/** One kind's numbers. */
class Series implements RequestCount {
  readonly buckets = new Float64Array(BUCKETS_SECONDS.length)
  count = 0
  sum = 0

  add(seconds: number): void {
    this.count += 1
    this.sum += seconds
    for (let bucket = 0; bucket < BUCKETS_SECONDS.length; bucket += 1) {
      if (seconds > (BUCKETS_SECONDS[bucket] ?? 0)) continue
      // Of its own bucket alone; they are added up for the text.
      this.buckets[bucket] = (this.buckets[bucket] ?? 0) + 1
      return
    }
  }
}

/** Starts counting. */
export function createRequestDurations(): RequestDurations {
  const series = new Map<string, Series>()
  return {
    of({ method, route, status }) {
      const shown = METHODS.has(method) ? method : 'OTHER'
      const labels = `method="${shown}",route="${escaped(route)}",status="${status}"`
      const known = series.get(labels) ?? new Series()
      series.set(labels, known)
      return known
    },
    text() {
      const lines = [`# HELP ${NAME} How long requests took, by route pattern.`, `# TYPE ${NAME} histogram`]
      for (const [labels, each] of series) if (each.count > 0) lines.push(...linesOf(labels, each))
      return `${lines.join('\n')}\n`
    },
  }
}

function linesOf(labels: string, { buckets, count, sum }: Series): string[] {
  let below = 0
  const cumulative = BUCKETS_SECONDS.map((seconds, bucket) => {
    below += buckets[bucket] ?? 0
    return `${NAME}_bucket{le="${seconds}",${labels}} ${below}`
  })
  return [
    ...cumulative,
    `${NAME}_bucket{le="+Inf",${labels}} ${count}`,
    `${NAME}_sum{${labels}} ${sum}`,
    `${NAME}_count{${labels}} ${count}`,
  ]
}

function escaped(label: string): string {
  return label.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')
}
