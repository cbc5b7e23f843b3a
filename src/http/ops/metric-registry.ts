import Counter from 'prom-client/lib/counter.js'
import Gauge from 'prom-client/lib/gauge.js'
import Registry from 'prom-client/lib/registry.js'
import { THRESHOLDS } from '../../core/money/thresholds.ts'
import { version } from '../../version.ts'
import { type MeasuredNode, measureNode, measureSharing, type RateSharing } from './node-measurements.ts'
import type { MeasuredStore, StoreCounts } from './store-counts.ts'

/** The sources of measurements other than requests. */
export interface MeasuredParts {
  /** Absent without other nodes. */
  node?: MeasuredNode | undefined
  /** Absent when each node counts rate limits alone. */
  sharing?: (() => RateSharing) | undefined
  store: MeasuredStore
  /** The open files and sockets, and their maximum; null when the system does not tell. */
  openFiles(): { open: number; most: number | null } | null
}

/** The sources of the metrics: how often each code came, and the values that a scrape reads. */
export interface MetricSources extends MeasuredParts {
  verdicts: Record<string, number>
  failures: Record<string, number>
  faults: Record<string, number>
  factsInMemory(): number
  counts: StoreCounts
}

/** Builds the metrics in a registry of its own, so several applications in one process do not mix. */
export function createRegistry(sources: MetricSources): Registry {
  const { verdicts, failures, faults, factsInMemory, node, sharing } = sources
  const registry = new Registry()
  counted(registry, { name: 'latchkey_verify_total', help: 'Verdicts, by code.' }, verdicts)
  counted(
    registry,
    {
      name: 'latchkey_authentication_failures_total',
      help: 'Requests without a credential, or with one that was refused, by reason.',
    },
    failures,
  )
  counted(registry, { name: 'latchkey_faults_total', help: 'Requests that were refused, by reason.' }, faults)
  measureProcess(registry)
  measureFiles(registry, sources)
  measureMoney(registry, sources)
  measureStore(registry, sources.store)
  if (node !== undefined) measureNode(registry, node)
  if (sharing !== undefined) measureSharing(registry, sharing)
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

/** A counter with one series per code; something else keeps its values. */
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

function measureMoney(registry: Registry, { counts }: MetricSources): void {
  const help = 'Calls of the database that failed, by reason.'
  counted(registry, { name: 'latchkey_store_errors_total', help }, counts.errors)
  const total = (name: string, text: string, read: () => number) =>
    new Counter({
      name,
      help: text,
      registers: [registry],
      collect() {
        this.reset()
        this.inc(read())
      },
    })
  total('latchkey_reservations_expired_total', 'Reservations that ran out.', counts.expiredCount)
  total('latchkey_overdraft_usd_total', 'USD spent beyond what was held.', counts.overdraftUsd)
}

function measureStore(registry: Registry, { openReservations, newCrossings }: MeasuredStore): void {
  const registers = [registry]
  const crossings = new Counter({
    name: 'latchkey_threshold_crossings_total',
    help: 'Limits of which settled usage reached so many percent, also by other nodes.',
    labelNames: ['percent'],
    registers,
    async collect() {
      // While the database is away, a scrape gets the metrics that do not need it.
      for (const { percent } of await newCrossings().catch(() => [])) this.inc({ percent: String(percent) })
    },
  })
  // A crossing that has not happened yet counts 0, so that an alert on its rate has a series.
  for (const percent of THRESHOLDS) crossings.inc({ percent: String(percent) }, 0)
  new Gauge({
    name: 'latchkey_reservations_open',
    help: 'Open reservations on the database, counted up to 10000.',
    registers,
    async collect() {
      const open = await openReservations().catch(() => null)
      if (open === null) this.remove()
      else this.set(open)
    },
  })
}

function measureFiles(registry: Registry, { openFiles }: MetricSources): void {
  const read = openFiles()
  if (read === null) return
  const { most } = read
  gauge(
    registry,
    { name: 'process_open_fds', help: 'Files and sockets that are open.' },
    () => openFiles()?.open ?? 0,
  )
  if (most !== null)
    gauge(registry, { name: 'process_max_fds', help: 'Files and sockets that may be open.' }, () => most)
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
