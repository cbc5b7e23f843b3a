// Measures how fast usage and charges become durable, through a real server in a process of its own, with its SQLite file on the disk of
// the temporary folder. Run with `npm run bench:metering`, which takes about 80 seconds; `--json` prints figures instead of a table,
// `--repeats N` and `--ms N` change the number and the time of measurements, and `--against DIR` measures the server of another checkout
// alternately with this one, so that both meet the same machine.
//
// It shows: events per second compared with this disk's own rate of single commits, taken just before; the time of an acknowledgement
// flat out, and at half of the rate that was reached; the server's cost of an event in processor time and bytes written, which other
// programs on the machine disturb least; the time of a verify beside metering, at half load and flat out. At half load calls are sent at
// moments of their own, whether or not answers come. Figures are medians over the repeats, followed by the lowest and the highest.
//
// Its limits: The callers and the server share the machine's cores, so rates are lower than those of a server with cores of its own; with
// two cores the callers take about a third of them. The ratio depends on the disk more than on us: where a commit takes 0.1 ms, the work
// per event limits the rate, and twenty times as many events are out of reach; where it takes 1 ms, they are not. The last lines say for
// which disks the goal is met at the measured rate. It does not show whether the disk keeps the data that it has reported as synced;
// test/crash tests what survives. Times at full load are those of a queue that is always full: more callers make them longer. Nothing is
// asserted.

import { execFileSync } from 'node:child_process'
import { mkdirSync, rmSync } from 'node:fs'
import { availableParallelism, loadavg } from 'node:os'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { type ServerProcess, startServer, temporaryFolder } from '../test/support/server.ts'
import { measureDisk } from './disk-rate.ts'
import { runOpen } from './half-load.ts'
import { addLimitedKeys } from './limited-keys.ts'
import { runLoad, type Target, useEvery, type Workload } from './metering-load.ts'
import { printReport } from './metering-report.ts'
import type { MeteringReport, Repeat } from './metering-results.ts'
import { startProbe } from './verify-probe.ts'

const KEYS_ALL = 10_000
const KEY_COUNTS = [100, KEYS_ALL]
const WORKLOADS: Workload[] = [
  { name: 'usage, 1 event a call', callers: 32, eventsPerCall: 1 },
  { name: 'usage, 100 events a call', callers: 8, eventsPerCall: 100 },
  { name: 'usage, 1,000 events a call', callers: 4, eventsPerCall: 1_000 },
  { name: 'charge in a verify', callers: 32, eventsPerCall: 0 },
]
/** The goal for acknowledgements speaks of calls of this many events at most. */
const HALF_LOAD_EVENTS_MAX = 100
const FLAT_OUT: Workload = { name: 'flat out', callers: 4, eventsPerCall: 1_000 }
const PROBE_KEYS = 100

const { values: options } = parseArgs({
  options: {
    json: { type: 'boolean', default: false },
    repeats: { type: 'string', default: '3' },
    ms: { type: 'string', default: '1000' },
    against: { type: 'string' },
  },
})
const repeats = Number(options.repeats)
const ms = Number(options.ms)

const folder = temporaryFolder()
const loadBefore = loadavg()[0] ?? 0
const contestants = [await start('here', join(import.meta.dir, '..'))]
if (options.against !== undefined) contestants.push(await start(options.against, resolve(options.against)))
const report: MeteringReport['repeats'] = Object.fromEntries(contestants.map(({ name }) => [name, []]))
for (let n = 0; n < repeats; n++) {
  // The first one has the cooler machine, so each comes first in turn.
  for (const contestant of n % 2 === 0 ? contestants : contestants.toReversed()) {
    report[contestant.name]?.push(await measure(contestant.target))
  }
}
for (const { server } of contestants) await server.end('SIGTERM')
rmSync(folder, { recursive: true, force: true })
printReport(
  {
    machine: {
      cores: availableParallelism(),
      loadBefore,
      loadAfter: loadavg()[0] ?? 0,
      bun: Bun.version,
      commit: commitOf(join(import.meta.dir, '..')),
    },
    repeats: report,
  },
  options.json,
)

interface Contestant {
  name: string
  server: ServerProcess
  target: Target
}

/** Sets a database up with the checkout's own server, fills it while it is closed, and serves it. */
async function start(name: string, checkout: string): Promise<Contestant> {
  const own = join(folder, name.replaceAll(/\W/g, '-'))
  mkdirSync(own)
  const path = join(own, 'latchkey.db')
  const rootKey = 'root-secret-of-the-metering-bench-0123456789'
  const settings = {
    LATCHKEY_DATABASE_URL: `sqlite:${path}`,
    LATCHKEY_ROOT_KEY: rootKey,
    LATCHKEY_LOG_LEVEL: 'warn',
  }
  const main = join(checkout, 'src/main.ts')
  await (await startServer(settings, main)).end('SIGTERM')
  const keys = addLimitedKeys(path, KEYS_ALL)
  const server = await startServer(settings, main)
  const target = { url: server.url, pid: server.pid, rootKey, keys }
  await useEvery(target)
  return { name, server, target }
}

async function measure(target: Target): Promise<Repeat> {
  const loads: Repeat['loads'] = []
  for (const count of KEY_COUNTS) {
    for (const workload of WORKLOADS) {
      const disk = measureDisk(folder, ms / 5)
      const result = await runLoad(spending(target, count), workload, ms)
      loads.push({ keys: count, workload, disk, result })
    }
  }
  const secrets = target.keys.slice(0, PROBE_KEYS).map(({ secret }) => secret)
  const probe = startProbe({ url: target.url, rootKey: target.rootKey, secrets })
  // Not counted: the first calls read facts that memory does not hold yet.
  await probe.run(ms / 4)
  const verifyIdle = await probe.run(ms)
  const halves: Repeat['halves'] = []
  for (const { keys, workload, result } of loads) {
    if (workload.eventsPerCall > HALF_LOAD_EVENTS_MAX) continue
    const disk = measureDisk(folder, ms / 5)
    const callsPerSecond = result.eventsPerSecond / Math.max(1, workload.eventsPerCall) / 2
    const [verify, acknowledged] = await Promise.all([
      probe.run(ms),
      runOpen(spending(target, keys), workload, { callsPerSecond, ms }),
    ])
    halves.push({ keys, workload, disk, acknowledged, verify })
  }
  const [verifyLoaded] = await Promise.all([probe.run(ms), runLoad(target, FLAT_OUT, ms)])
  await probe.close()
  return { loads, halves, verifyIdle, verifyLoaded }
}

function spending(target: Target, keys: number): Target {
  return { ...target, keys: target.keys.slice(0, keys) }
}

function commitOf(checkout: string): string {
  try {
    return execFileSync('git', ['-C', checkout, 'rev-parse', '--short', 'HEAD']).toString().trim()
  } catch {
    return 'unknown'
  }
}
