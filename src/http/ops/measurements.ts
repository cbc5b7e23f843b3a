import { Counter, Gauge, Registry } from 'prom-client'
import { Fault } from '../../core/ground/faults.ts'
import type { Latchkey } from '../../core/latchkey.ts'
import { VERDICT_CODES, type Verdict } from '../../core/verify/verify.ts'
import { version } from '../../version.ts'
import type { RequestReport } from '../kernel/api.ts'
import { type AnyFaultCode, FAULT_TEXTS } from '../kernel/request-faults.ts'
import { type MeasuredNode, measureNode } from './node-measurements.ts'
import { createRequestDurations, type RequestCount, type RequestKind } from './request-durations.ts'

/** What is counted of one process. Labels have few values by construction: never an id, an address or a text of a caller's. */
export interface Measurements {
  /** Takes note of a finished request. */
  request(report: RequestReport): void
  /** The count of one kind of answers, to be kept by whoever counts many. */
  countOf(kind: RequestKind): RequestCount
  /** The same core, whose verdicts and failed authentications are counted. */
  measured(latchkey: Latchkey): Latchkey
  /** Everything counted so far, in Prometheus' text form. */
  text(): Promise<string>
  contentType: string
}

type AuthenticationFailure = 'credential_invalid' | 'address_forbidden'

/** Starts counting, in a registry of its own, so that several applications in one process do not mix. `node` is absent where there are no others. */
export function createMeasurements(node?: MeasuredNode): Measurements {
  const registry = new Registry()
  const durations = createRequestDurations()
  // Plain numbers on the path of a verify; the registry reads them when it is asked.
  const verdicts = Object.fromEntries(VERDICT_CODES.map((code) => [code, 0])) as Record<
    Verdict['code'],
    number
  >
  const failures: Record<AuthenticationFailure, number> = { credential_invalid: 0, address_forbidden: 0 }
  counted(registry, { name: 'latchkey_verify_total', help: 'Verdicts, by code.' }, verdicts)
  counted(
    registry,
    { name: 'latchkey_authentication_failures_total', help: 'Credentials that were refused, by reason.' },
    failures,
  )
  const faults = Object.fromEntries(Object.keys(FAULT_TEXTS).map((code) => [code, 0])) as Record<
    AnyFaultCode,
    number
  >
  counted(registry, { name: 'latchkey_faults_total', help: 'Requests that were refused, by reason.' }, faults)
  measureProcess(registry)
  if (node !== undefined) measureNode(registry, node)

  return {
    request({ method, route, status, seconds, fault }) {
      if (fault !== null) faults[fault] += 1
      durations.of({ method, route, status }).add(seconds)
    },
    countOf: (kind) => durations.of(kind),
    measured(latchkey) {
      gauge(
        registry,
        { name: 'latchkey_facts_in_memory', help: 'Secrets whose facts verify answers from memory.' },
        () => latchkey.facts.count(),
      )
      return {
        ...latchkey,
        verify: countingVerify(latchkey.verify, (code) => {
          verdicts[code] += 1
        }),
        authenticate: countingAuthenticate(latchkey.authenticate, (code) => {
          failures[code] += 1
        }),
      }
    },
    text: async () => `${await registry.metrics()}\n${durations.text()}`,
    contentType: registry.contentType,
  }
}

function countingVerify(
  verify: Latchkey['verify'],
  count: (code: Verdict['code']) => void,
): Latchkey['verify'] {
  const noted = (verdict: Verdict): Verdict => {
    count(verdict.code)
    return verdict
  }
  return (request) => {
    const verdict = verify(request)
    return verdict instanceof Promise ? verdict.then(noted) : noted(verdict)
  }
}

function countingAuthenticate(
  authenticate: Latchkey['authenticate'],
  count: (code: AuthenticationFailure) => void,
): Latchkey['authenticate'] {
  return async (credential, ip) => {
    try {
      return await authenticate(credential, ip)
    } catch (error) {
      const code = error instanceof Fault ? error.code : null
      if (code === 'credential_invalid' || code === 'address_forbidden') count(code)
      throw error
    }
  }
}

interface Named {
  name: string
  help: string
}

/** A counter with one series per code, whose values are kept elsewhere. */
function counted(registry: Registry, { name, help }: Named, values: Record<string, number>): void {
  new Counter({
    name,
    help,
    labelNames: ['code'],
    registers: [registry],
    collect() {
      this.reset()
      for (const [code, value] of Object.entries(values)) this.inc({ code }, value)
    },
  })
}

function gauge(registry: Registry, { name, help }: Named, read: () => number): void {
  new Gauge({
    name,
    help,
    registers: [registry],
    collect() {
      this.set(read())
    },
  })
}

function measureProcess(registry: Registry): void {
  new Gauge({
    name: 'latchkey_build_info',
    help: 'Always 1; the label says which version runs.',
    labelNames: ['version'],
    registers: [registry],
  }).set({ version }, 1)
  new Counter({
    name: 'process_cpu_seconds_total',
    help: 'Processor time spent, user and system.',
    registers: [registry],
    collect() {
      const { user, system } = process.cpuUsage()
      this.reset()
      this.inc((user + system) / 1e6)
    },
  })
  const startedAtSeconds = Date.now() / 1000 - process.uptime()
  gauge(
    registry,
    { name: 'process_start_time_seconds', help: 'When the process started, since 1970.' },
    () => startedAtSeconds,
  )
  gauge(registry, { name: 'process_resident_memory_bytes', help: 'Memory that the process holds.' }, () =>
    process.memoryUsage.rss(),
  )
  gauge(
    registry,
    { name: 'process_heap_bytes', help: 'Memory that objects take.' },
    () => process.memoryUsage().heapUsed,
  )
}
