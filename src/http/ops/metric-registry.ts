import { Counter, Gauge, Registry } from 'prom-client'
import { version } from '../../version.ts'
import { type MeasuredNode, measureNode } from './node-measurements.ts'

/** Where the numbers are kept that the metrics show: how often each code came, and what is asked for when it is shown. */
export interface MetricSources {
  verdicts: Record<string, number>
  failures: Record<string, number>
  faults: Record<string, number>
  factsInMemory(): number
  /** Absent where there are no other nodes. */
  node: MeasuredNode | undefined
}

/** Builds what writes metrics, a registry of its own for each application, so that several in one process do not mix. */
export function createRegistry({ verdicts, failures, faults, factsInMemory, node }: MetricSources): Registry {
  const registry = new Registry()
  counted(registry, { name: 'latchkey_verify_total', help: 'Verdicts, by code.' }, verdicts)
  counted(
    registry,
    { name: 'latchkey_authentication_failures_total', help: 'Credentials that were refused, by reason.' },
    failures,
  )
  counted(registry, { name: 'latchkey_faults_total', help: 'Requests that were refused, by reason.' }, faults)
  measureProcess(registry)
  if (node !== undefined) measureNode(registry, node)
  gauge(
    registry,
    { name: 'latchkey_facts_in_memory', help: 'Secrets whose facts verify answers from memory.' },
    factsInMemory,
  )
  return registry
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
