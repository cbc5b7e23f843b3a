import Counter from 'prom-client/lib/counter.js'
import Gauge from 'prom-client/lib/gauge.js'
import Histogram from 'prom-client/lib/histogram.js'
import type Registry from 'prom-client/lib/registry.js'

/** The state of a node among the others on its database, for operators. */
export interface NodeState {
  /** The last change that memory contains. */
  revision: number
  /** How long ago memory was compared with the database, in milliseconds; null before the first time. */
  lagMs: number | null
  /** The age of the lease in milliseconds; null when there is none. */
  leaseAgeMs: number | null
  /** Whether the node may answer from memory. */
  isFresh: boolean
  /** The number of nodes, with this one. */
  nodes: number
  /** Changes of this node that other nodes have not applied yet. */
  waiters: number
}

/** Is told about events of a node. */
export interface NodeEvents {
  /** Memory was brought up to date. Until now answers came from memory that was up to this old. */
  refreshed(staleMs: number): void
  /** A change is in force on every node, this long after its commit. */
  inForce(waitedMs: number, lapsed: number): void
}

/** One node, as the measurements see it. */
export interface MeasuredNode {
  state(): NodeState
  observe(events: NodeEvents): void
}

const SECONDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.15, 0.25, 0.5, 1, 2.5, 5]

/** Adds the metrics of a node among others. */
export function measureNode(registry: Registry, node: MeasuredNode): void {
  const registers = [registry]
  const gauge = (name: string, help: string, read: (state: NodeState) => number | null) =>
    new Gauge({
      name,
      help,
      registers,
      collect() {
        const value = read(node.state())
        if (value === null) this.remove()
        else this.set(value)
      },
    })
  gauge('latchkey_nodes', 'Nodes on the database, this one among them.', ({ nodes }) => nodes)
  gauge('latchkey_node_revision', 'The last change that memory reflects.', ({ revision }) => revision)
  gauge('latchkey_node_fresh', '1 while memory may be answered from.', ({ isFresh }) => Number(isFresh))
  gauge('latchkey_node_lag_seconds', 'For how long memory was not compared with the database.', ({ lagMs }) =>
    secondsOf(lagMs),
  )
  gauge('latchkey_node_lease_age_seconds', 'Since when the lease is counted.', ({ leaseAgeMs }) =>
    secondsOf(leaseAgeMs),
  )
  gauge(
    'latchkey_node_waiters',
    'Changes of this node that other nodes have not applied yet.',
    (state) => state.waiters,
  )
  const [stale, waited] = [
    [
      'latchkey_staleness_seconds',
      'How old the facts in memory were at most, each time they were brought up to date.',
    ],
    ['latchkey_change_wait_seconds', 'How long a change made here took to be in force on every node.'],
  ].map(([name = '', help = '']) => new Histogram({ name, help, registers, buckets: SECONDS }))
  const lapsed = new Counter({
    name: 'latchkey_node_lapses_total',
    help: 'How often a change made here had to wait until the lease of a node ran out.',
    registers,
  })
  node.observe({
    refreshed: (ms) => stale?.observe(ms / 1_000),
    inForce(ms, count) {
      waited?.observe(ms / 1_000)
      lapsed.inc(count)
    },
  })
}

/** Whether rate limits are counted together with other nodes at the moment, and how often that failed. */
export interface RateSharing {
  isShared: boolean
  failures: number
}

/** Adds the metrics of rate limits that nodes count together. */
export function measureSharing(registry: Registry, sharing: () => RateSharing): void {
  const registers = [registry]
  new Gauge({
    name: 'latchkey_rates_shared',
    help: '1 while nodes count rate limits together, 0 while this one counts by itself.',
    registers,
    collect() {
      this.set(Number(sharing().isShared))
    },
  })
  new Counter({
    name: 'latchkey_rates_shared_failures_total',
    help: 'How often the memory that nodes share could not be asked.',
    registers,
    collect() {
      this.reset()
      this.inc(sharing().failures)
    },
  })
}

function secondsOf(ms: number | null): number | null {
  return ms === null ? null : ms / 1_000
}
