// Compares the cost of a verify with that of an empty response: `npm run bench`, explained in bench/README.md. `--short` takes less than
// a minute, `--keys N` adds this many unused keys, `--page` writes docs/benchmarks.md with its chart, `--json FILE` the raw samples,
// `--checkout DIR` measures the server of another checkout. Nothing is asserted.

import { writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { temporaryFolder } from '../test/support/server.ts'
import { measureBetterAuth } from './speed/better-auth.ts'
import { type Callers, startCallers } from './speed/callers.ts'
import type { InProcess } from './speed/in-process.ts'
import { measureLatencies } from './speed/latencies.ts'
import { machineFacts } from './speed/machine.ts'
import { chartOf, pageOf } from './speed/page.ts'
import { measurePairs, type Pace, type Pairs, type Target } from './speed/pairs.ts'
import { pinned } from './speed/pinned.ts'
import { get, post, startProduct } from './speed/product.ts'
import type { SpeedReport } from './speed/report.ts'
import { measureServedMemory } from './speed/served-memory.ts'
import { tableOf } from './speed/table.ts'
import { startBareBun, startBareGo, startNginx, type Yardstick } from './speed/yardsticks.ts'

const { values: options } = parseArgs({
  options: {
    short: { type: 'boolean', default: false },
    page: { type: 'boolean', default: false },
    json: { type: 'string' },
    keys: { type: 'string', default: '0' },
    pairs: { type: 'string' },
    checkout: { type: 'string', default: join(import.meta.dir, '..') },
  },
})

const pace: Pace = options.short
  ? { pairs: Number(options.pairs ?? 3), sliceMs: 250, warmUpMs: 1_000, connections: 64 }
  : { pairs: Number(options.pairs ?? 16), sliceMs: 800, warmUpMs: 3_000, connections: 64 }

const report = await measure()
process.stdout.write(tableOf(report))
if (options.json !== undefined) writeFileSync(options.json, `${JSON.stringify(report, null, 1)}\n`)
if (options.page) {
  const root = join(import.meta.dir, '..')
  writeFileSync(join(root, 'docs/benchmarks.md'), pageOf(report))
  writeFileSync(join(root, 'docs/benchmarks.svg'), chartOf(report))
  writeFileSync(join(root, 'bench/samples.json'), `${JSON.stringify(report)}\n`)
}
process.exit(0)

async function measure(): Promise<SpeedReport> {
  const scratch = temporaryFolder()
  const keys = Number(options.keys)
  const machine = machineFacts()
  const callers = startCallers()
  const bun = await startBareBun()
  const others = options.short ? [] : [await startBareGo(scratch), await startNginx(scratch)]
  const product = await startProduct(scratch, { checkout: resolve(options.checkout), keys })
  const { livez, authorize, verify, charge } = product.targets
  const bare = target('bare Bun, a constant', bun, [get('/')])
  const body = JSON.stringify({ key: `lk_${'0'.repeat(49)}`, permissions: 'documents.read' })
  const empty = target('bare Bun, JSON parsed', bun, [post('/post', 'nobody', body)])
  const headers = target('bare Bun, the same headers read and sent', bun, [get('/headers')])
  const answering = target('bare Bun, JSON parsed, as much sent', bun, [
    post('/post-headers', 'nobody', body),
  ])
  const comparisons: Comparison[] = [
    { name: 'A/A: bare Bun against itself', goal: null, subject: bare, against: bare },
    { name: '/livez', goal: 0.95, subject: livez, against: bare },
    { name: '/v2/authorize', goal: 0.9, subject: authorize, against: livez },
    { name: '/v2/authorize', goal: null, subject: authorize, against: bare },
    { name: '/v2/authorize', goal: null, subject: authorize, against: headers },
    { name: '/v2/verify', goal: 0.85, subject: verify, against: empty },
    { name: '/v2/verify', goal: null, subject: verify, against: answering },
    { name: '/v2/verify with a charge', goal: 0.4, subject: charge, against: verify },
    ...yardsticks(others, authorize),
  ]
  const pairs: Pairs[] = []
  for (const each of comparisons) pairs.push(await measured(callers, each))
  const latencies = await measureLatencies(callers, { subject: verify, against: empty }, latencyPace(pairs))
  await product.stop()
  const inProcess = await measureInProcess()
  const served = await measureServedMemory(callers, {
    scratch,
    checkout: resolve(options.checkout),
    keys: options.short ? 5_000 : 100_000,
  })
  callers.close()
  const betterAuth = options.short ? null : await measureBetterAuth()
  return { machine, pace, keys, pairs, latencies, startMs: product.startMs, inProcess, served, betterAuth }
}

interface Comparison {
  name: string
  goal: number | null
  subject: Target
  against: Target
}

async function measured(callers: Callers, each: Comparison): Promise<Pairs> {
  process.stderr.write(`${each.name} against ${each.against.name} …\n`)
  return measurePairs(callers, each, pace)
}

function target(name: string, { pid, port }: Yardstick, requests: string[]): Target {
  return { name, pid, load: { port, requests } }
}

function yardsticks([go, nginx]: (Yardstick | null)[], authorize: Target): Comparison[] {
  const comparisons: Comparison[] = []
  const compare = (name: string, yardstick: Yardstick | null | undefined, goal: number) => {
    if (!yardstick) return
    const against = target(`${name} (${yardstick.version})`, yardstick, [get('/', 'key-7')])
    comparisons.push({ name: '/v2/authorize', goal, subject: authorize, against })
  }
  compare('bare Go, a hash and a look-up', go, 1.5)
  compare('nginx, a constant', nginx, 0.55)
  return comparisons
}

/** Half of the rate of the slower one. */
function latencyPace(pairs: readonly Pairs[]): { perSecond: number; ms: number; connections: number } {
  const rates = pairs.find(({ name }) => name === '/v2/verify')?.subject.slices.map(({ rate }) => rate) ?? []
  const rate = Math.min(...rates)
  return { perSecond: rate / 2, ms: options.short ? 3_000 : 20_000, connections: 128 }
}

async function measureInProcess(): Promise<InProcess> {
  const program = join(resolve(options.checkout), 'bench/speed/in-process.ts')
  const keys = options.short ? '5000' : '100000'
  const child = Bun.spawn(pinned('server', [process.execPath, program, '--keys', keys]), {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  return JSON.parse(await new Response(child.stdout).text())
}
