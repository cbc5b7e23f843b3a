import type { RequestReport } from '../kernel/api.ts'
import { Durations, linesOf } from './durations.ts'

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

// The name and the labels of OpenTelemetry's semantic conventions, as Prometheus writes them.
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
