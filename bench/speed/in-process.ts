// Measures the cost of a decision without HTTP, compared with the hash that it includes, and the memory of a key. Runs in a process of
// its own and prints its figures as JSON. `--keys N` is the number of keys in memory.

import { hash } from 'node:crypto'
import { parseArgs } from 'node:util'
import type { Call } from '../../src/core/access/audit.ts'
import { systemClock, systemRandom } from '../../src/core/ground/clock.ts'
import { parseExpression } from '../../src/core/ground/permissions.ts'
import { Secret } from '../../src/core/ground/secret.ts'
import { createLatchkey, type LatchkeyProcess } from '../../src/core/latchkey.ts'
import { NANO_PER_USD } from '../../src/core/money/money.ts'
import { durableRateLimiter } from '../../src/rates/durable.ts'
import { openStore } from '../../src/store/open.ts'
import { fillKeys } from '../../test/scale/fill-keys.ts'
import { temporaryFolder } from '../../test/support/server.ts'
import { testSettings } from '../../test/support/settings.ts'

/** The figures. */
export interface InProcess {
  /** Nanoseconds of one decision and of one hash, alternately for the same secrets. */
  rounds: { verifyNs: number; hashNs: number }[]
  /** The growth of memory by the facts of keys, and the number of keys. */
  held: { keys: number; heapBytes: number; rssBytes: number }
}

const KEYS = 1_000
const ROUNDS = 15
const CALLS = 100_000

const { values: options } = parseArgs({ options: { keys: { type: 'string', default: '20000' } } })

async function open(url: string): Promise<LatchkeyProcess> {
  const store = await openStore(url)
  return createLatchkey({
    store,
    clock: systemClock,
    random: systemRandom,
    settings: testSettings({ bounds: { factsBytes: 2 ** 40 } }),
    rates: durableRateLimiter({ store, clock: systemClock }),
  })
}

async function measureDecisions(): Promise<InProcess['rounds']> {
  const latchkey = await open('sqlite::memory:')
  const first = await latchkey.initialize()
  if (first === null) throw new Error('The database is not empty.')
  const principal = await latchkey.authenticate(first.secret, undefined)
  const call: Call = { principal, requestId: null, ip: null }
  const texts: string[] = []
  for (let n = 0; n < KEYS; n += 1) {
    const { secret } = await latchkey.keys.create(call, {
      access: 'use',
      permissions: ['documents.*'],
      rateLimits: [{ name: 'requests', limit: 1_000_000_000, windowMs: 60_000 }],
      limits: { daily: 1_000n * NANO_PER_USD },
    })
    if (secret === null) throw new Error('A new key has a secret.')
    texts.push(secret.reveal())
  }
  const permissions = parseExpression('documents.read')
  let passed = 0
  const verify = (text: string) => {
    const verdict = latchkey.verify({ secret: new Secret(text), permissions })
    if (!(verdict instanceof Promise) && verdict.valid) passed += 1
  }
  for (const text of texts) await latchkey.verify({ secret: new Secret(text), permissions })
  const rounds: InProcess['rounds'] = []
  for (let round = 0; round < ROUNDS; round += 1) {
    passed = 0
    const verifyNs = nanosecondsEach(texts, verify)
    if (passed !== CALLS) throw new Error(`${passed} of ${CALLS} verifies passed from memory.`)
    rounds.push({ verifyNs, hashNs: nanosecondsEach(texts, (text) => hash('sha256', text, 'hex')) })
  }
  await latchkey.lastUsed.flush()
  return rounds
}

function nanosecondsEach(texts: readonly string[], act: (text: string) => unknown): number {
  // Processor time of this thread, which excludes other programs.
  const began = process.threadCpuUsage()
  for (let n = 0; n < CALLS; n += 1) act(texts[n % KEYS] ?? '')
  const { user, system } = process.threadCpuUsage(began)
  return ((user + system) * 1_000) / CALLS
}

async function measureHeld(keys: number): Promise<InProcess['held']> {
  const path = `${temporaryFolder()}/held.db`
  await (await openStore(`sqlite:${path}`)).close()
  const fill = fillKeys(path, { keys, at: systemClock.now() })
  const latchkey = await open(`sqlite:${path}`)
  // The first reads also load statements and compiled code, which are not part of the facts.
  for (let n = 0; n < 200; n += 1) await latchkey.facts.reload(fill.unknownDigest(n))
  const before = await memory()
  for (let n = 0; n < keys; n += 1) await latchkey.facts.reload(fill.digestOf(n))
  const after = await memory()
  if (latchkey.facts.count() !== keys)
    throw new Error(`Memory holds ${latchkey.facts.count()} of ${keys} keys.`)
  return { keys, heapBytes: after.heap - before.heap, rssBytes: after.rss - before.rss }
}

async function memory(): Promise<{ heap: number; rss: number }> {
  for (let round = 0; round < 4; round += 1) {
    Bun.gc(true)
    await new Promise((resolve) => setImmediate(resolve))
  }
  return { heap: process.memoryUsage().heapUsed, rss: process.memoryUsage.rss() }
}

const figures: InProcess = { rounds: await measureDecisions(), held: await measureHeld(Number(options.keys)) }
process.stdout.write(`${JSON.stringify(figures)}\n`)
process.exit(0)
