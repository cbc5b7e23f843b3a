import type { RequestReport } from '../kernel/api.ts'
import { Durations, linesOf } from './durations.ts'

/** The labels that distinguish requests. */
export type RequestKind = Pick<RequestReport, 'method' | 'route' | 'status'>

/** The durations of requests of one kind. */
export interface RequestCount {
  add(seconds: number): void
}

/** The durations of requests. Counting costs a few additions; the text is made when a scrape asks. */
export interface RequestDurations {
  of(kind: RequestKind): RequestCount
  /** A histogram in Prometheus' text form, with a line break at its end. */
  text(): string
}

// The name and the labels of OpenTelemetry's semantic conventions, in Prometheus' spelling.
const NAME = 'http_server_request_duration_seconds'
const METHODS = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'])

/** Starts counting. */
export function createRequestDurations(): RequestDurations {
  const series = new Map<string, Durations>()
  return {
    of({ method, route, status }) {
      const shown = METHODS.has(method) ? method : '_OTHER'
      const labels = `http_request_method="${shown}",http_route="${escaped(route)}",http_response_status_code="${status}"`
      const known = series.get(labels) ?? new Durations()
      series.set(labels, known)
      return known
    },
    text() {
      const lines = [`# HELP ${NAME} How long requests took, by route.`, `# TYPE ${NAME} histogram`]
      for (const [labels, each] of series) if (each.count > 0) lines.push(...linesOf(NAME, labels, each))
      return `${lines.join('\n')}\n`
    },
  }
}

function escaped(label: string): string {
  return label.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')
}
