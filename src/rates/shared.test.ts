import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import type { ChildProcess } from 'node:child_process'
import { type TestClock, testClock } from '../../test/support/clock.ts'
import { freePort, hasRedis, startRedis } from '../../test/support/redis.ts'
import { HOUR_MS, systemClock } from '../core/ground/clock.ts'
import { Secret } from '../core/ground/secret.ts'
import type { RateDemand } from '../core/verify/rates.ts'
import { openRedis } from '../redis.ts'
import { runGivingBackTests } from './giving-back.conformance.ts'
import { runRateLookTests } from './look.conformance.ts'
import { memoryRateLimiter } from './memory.ts'
import { runRateNamesTests } from './names.conformance.ts'
import { type SharedMemory, sharedRateLimiter } from './shared.ts'
import { take } from './taking.conformance.ts'

// Several limiters, like those of several nodes, on one real Redis.

const NODES = 3
const TIME = ['seconds', 'microseconds']
const isHere = hasRedis()

const hourly = (limit: number, name = 'r') => ({ name, limit, windowMs: HOUR_MS })

describe.skipIf(!isHere)('rate limits that nodes count together', () => {
  let port: number
  let server: ChildProcess
  let memories: ReturnType<typeof openRedis>[]
  let nodes: ReturnType<typeof sharedRateLimiter>[]

  beforeAll(async () => {
    port = await freePort()
    server = await startRedis(port)
    memories = Array.from({ length: NODES }, () => openRedis(new Secret(`redis://127.0.0.1:${port}`)))
    nodes = memories.map((shared) => nodeOn(shared))
    for (const memory of memories) await untilAnswers(memory)
  }, 30_000)
  afterAll(() => {
    for (const memory of memories ?? []) memory.close()
    server?.kill('SIGKILL')
  })

  const nodeOn = (shared: SharedMemory) =>
    sharedRateLimiter({ shared, local: memoryRateLimiter(systemClock), clock: systemClock })
  const node = (n: number) => nodes[n % NODES] ?? nodeOn({ run: () => Promise.reject(new Error('no node')) })

  /** Repeats the run if a busy machine made a node believe that Redis is lost: each node then counts by itself, as it should. */
  async function steadily(run: (subject: string) => Promise<void>): Promise<void> {
    const failures = () => nodes.reduce((sum, each) => sum + each.state().failures, 0)
    for (let tries = 1; ; tries += 1) {
      for (const n of [0, 1, 2]) await until(async () => node(n).state().isShared)
      const before = failures()
      try {
        return await run(`try ${tries}`)
      } catch (error) {
        if (failures() === before || tries === 10) throw error
      }
    }
  }

  test('are exact: of many concurrent requests on all nodes exactly the limit passes', () =>
    steadily(async (id) => {
      const demands = [{ subject: `exact ${id}`, rate: hourly(100), cost: 1 }]
      const taken = await Promise.all(Array.from({ length: 600 }, (_, n) => take(node(n), ...demands)))
      const allowed = taken.filter((each) => each.allowed).length
      console.log(`rates: 600 chances on ${NODES} nodes, ${allowed} passed of 100`)
      expect(allowed).toBe(100)
      const refused = taken.find((each) => !each.allowed)
      expect(refused).toMatchObject({ allowed: false, bound: { name: 'r', limit: 100, remaining: 0 } })
      if (refused?.allowed === false) expect(refused.retryAfterMs).toBeGreaterThan(0)
    }))

  test('are taken from all limits of a key or from none', () =>
    steadily(async (id) => {
      const [few, many] = [hourly(5, 'few'), hourly(1_000, 'many')]
      const demands = [
        { subject: `both ${id}`, rate: many, cost: 100 },
        { subject: `both ${id}`, rate: few, cost: 1 },
      ]
      const taken = await Promise.all(Array.from({ length: 20 }, (_, n) => take(node(n), ...demands)))
      expect(taken.filter((each) => each.allowed).length).toBe(5)
      const left = await take(node(0), { subject: `both ${id}`, rate: many, cost: 500 })
      expect(left).toMatchObject({ allowed: true, states: [{ remaining: 0 }] })
    }))

  test('never allow a cost above the limit, and count uses from before a change', () =>
    steadily(async (id) => {
      const tooLarge = await take(node(0), { subject: `large ${id}`, rate: hourly(5), cost: 6 })
      expect(tooLarge).toMatchObject({ allowed: false, retryAfterMs: null })
      await take(node(0), { subject: `cut ${id}`, rate: hourly(10), cost: 8 })
      const after = await take(node(1), { subject: `cut ${id}`, rate: hourly(20), cost: 13 })
      expect(after.allowed).toBe(false)
      expect((await take(node(2), { subject: `cut ${id}`, rate: hourly(20), cost: 12 })).allowed).toBe(true)
    }))

  test('have room again for other nodes when units are given back, or are not collected', () =>
    steadily(async (id) => {
      const demands = [{ subject: `back ${id}`, rate: hourly(1), cost: 1 }]
      const first = await take(node(0), ...demands)
      expect(first.allowed).toBe(true)
      if (first.allowed) first.giveBack()
      await until(async () => (await take(node(1), ...demands)).allowed)
      const left = [{ subject: `left ${id}`, rate: hourly(1), cost: 1 }]
      await node(0).load(left)
      expect((await take(node(1), ...left)).allowed).toBe(false)
      await until(async () => (await take(node(1), ...left)).allowed)
    }))

  /** Takes single units until one is refused; returns their number and the refusal's wait. */
  async function drain(
    subject: string,
    rate: RateDemand['rate'],
  ): Promise<{ passed: number; waitMs: number }> {
    for (let passed = 0; passed <= rate.limit; passed += 1) {
      const taken = await take(node(passed), { subject, rate, cost: 1 })
      if (!taken.allowed) return { passed, waitMs: taken.retryAfterMs ?? Number.POSITIVE_INFINITY }
    }
    throw new Error('More than the limit has passed.')
  }

  test('are counted under the rate in force after a change: the stated wait is enough, and a raise grants nothing twice', () =>
    steadily(async (id) => {
      const subject = `changed ${id}`
      const changes = [
        { name: 'r', limit: 10, windowMs: 1_000 },
        { name: 'r', limit: 20, windowMs: 500 },
      ]
      for (const rate of changes) {
        expect((await drain(subject, hourly(40))).waitMs).toBeGreaterThan(60_000)
        const { passed, waitMs } = await drain(subject, rate)
        expect([passed, waitMs <= rate.windowMs / rate.limit]).toEqual([0, true])
        await Bun.sleep(waitMs + 1)
        expect((await take(node(1), { subject, rate, cost: 1 })).allowed).toBe(true)
        expect((await drain(subject, hourly(40))).passed).toBe(0)
      }
    }))

  test('refuse for no longer than their window when the clock of Redis was set back', () =>
    steadily(async (id) => {
      const subject = `back ${id}`
      const rate = { name: 'r', limit: 10, windowMs: 1_000 }
      const one = [{ subject, rate, cost: 1 }]
      const all = [{ subject, rate, cost: 10 }]
      await take(node(0), ...all)
      // As if an hour had been taken from the clock.
      const later = "return redis.call('HINCRBYFLOAT', KEYS[1], 'whole', ARGV[1])"
      await memories[0]?.run(later, [`latchkey:rate:{${subject}}:r`], [String(HOUR_MS)])
      expect((await take(node(1), ...one)).allowed).toBe(false)
      await Bun.sleep(rate.windowMs + 1)
      expect((await take(node(2), ...all)).allowed).toBe(true)
    }))

  test('get no room by units that are given back after they have leaked away', () =>
    steadily(async (id) => {
      const rate = { name: 'r', limit: 10, windowMs: 1_000 }
      const demands = [{ subject: `late ${id}`, rate, cost: 10 }]
      const early = await take(node(0), ...demands)
      await Bun.sleep(rate.windowMs + 1)
      const late = await take(node(1), ...demands)
      if (early.allowed) early.giveBack()
      // Sent behind the giving back, by the same connection.
      const third = await take(node(0), ...demands)
      expect([early.allowed, late.allowed, third.allowed]).toEqual([true, true, false])
    }))

  runRateLookTests('shared by nodes', (work) =>
    steadily((subject) => work({ taker: node(0), looker: node(1) }, `${subject} ${crypto.randomUUID()}`)),
  )

  /** A memory whose scripts read the clock of a test where they would read that of Redis. */
  function timed(shared: SharedMemory, clock: TestClock): SharedMemory {
    return {
      async run(script, names, args) {
        const now = clock.now()
        const time = [String(Math.floor(now / 1_000)), String((now % 1_000) * 1_000)]
        const set = shared.run("return redis.call('MSET', KEYS[1], ARGV[1], KEYS[2], ARGV[2])", TIME, time)
        // Sent behind it, by the same connection.
        const asked = shared.run(
          script.replace("redis.call('TIME')", `redis.call('MGET', '${TIME.join("', '")}')`),
          names,
          args,
        )
        await set
        return asked
      },
    }
  }

  runGivingBackTests('shared by nodes', (work) =>
    steadily(() => {
      const clock = testClock()
      const shared = timed(memories[0] ?? { run: () => Promise.reject(new Error('no memory')) }, clock)
      const limiter = sharedRateLimiter({ shared, local: memoryRateLimiter(clock), clock })
      return work({ limiter, clock, subject: crypto.randomUUID() })
    }),
  )

  runRateNamesTests('shared by nodes', (work) =>
    steadily((subject) => work(node(0), `${subject} ${crypto.randomUUID()}`)),
  )

  test('leave at most 30 names of a key in Redis, also of names that a former version has used', () =>
    steadily(async (id) => {
      const subject = `names ${id} ${crypto.randomUUID()}`
      const keys = () =>
        memories[0]?.run("return #redis.call('KEYS', ARGV[1])", [], [`latchkey:rate:{${subject}}:*`])
      const named = (n: number) => [{ subject, rate: hourly(5, `n${n}`), cost: 1 }]
      await take(node(0), ...named(0))
      // As if the first one were known to the former version alone, which has no set.
      await memories[0]?.run("return redis.call('DEL', KEYS[1])", [`latchkey:rate:{${subject}}`], [])
      for (let n = 0; n < 100; n += 1) await take(node(n), ...named(n))
      expect(await keys()).toBe(30)
      // The set ends with what it names.
      const lasts = "return redis.call('PTTL', KEYS[1])"
      const [set, last] = await Promise.all(
        ['', ':n99'].map((end) => memories[0]?.run(lasts, [`latchkey:rate:{${subject}}${end}`], [])),
      )
      expect(Number(set)).toBeGreaterThanOrEqual(Number(last))
      expect(Number(set)).toBeLessThan(HOUR_MS)
    }))

  test('are looked at without a trace, in Redis as on the node', () =>
    steadily(async (id) => {
      const demands = [{ subject: `trace ${id}`, rate: hourly(2), cost: 1 }]
      const name = `latchkey:rate:{trace ${id}}:r`
      const kept = () => memories[0]?.run("return redis.call('HGETALL', KEYS[1])", [name], [])
      for (let times = 0; times < 10; times += 1) await node(times).look(demands)
      expect(await kept()).toEqual([])
      await take(node(0), ...demands)
      const used = await kept()
      expect(used).toContain('whole')
      for (let times = 0; times < 10; times += 1) await node(times).look(demands)
      expect(await kept()).toEqual(used)
      for (const each of nodes) expect(each.peek(demands)).toBeNull()
    }))

  test('can be peeked without taking, and a peek that ends in another refusal takes nothing', () =>
    steadily(async (id) => {
      const demands = [{ subject: `look ${id}`, rate: hourly(1), cost: 1 }]
      expect(node(0).peek(demands)).toBeNull()
      await node(0).load(demands)
      // It was not taken, so the next one gets it.
      expect(node(0).peek(demands)?.allowed).toBe(true)
      await Promise.resolve()
      const offer = node(0).peek(demands)
      expect(offer?.allowed).toBe(true)
      if (offer?.allowed) offer.take()
      expect((await take(node(1), ...demands)).allowed).toBe(false)
    }))

  test('are counted by each node from its own uses while Redis is away, and together again afterwards', async () => {
    const demands = [{ subject: 'away', rate: hourly(10), cost: 1 }]
    for (let n = 0; n < 6; n += 1) expect((await take(node(0), ...demands)).allowed).toBe(true)
    const ended = new Promise((resolve) => server.once('exit', resolve))
    server.kill('SIGKILL')
    await ended
    let passed = 0
    for (let n = 0; n < 30; n += 1) if ((await take(node(0), ...demands)).allowed) passed += 1
    expect(passed).toBe(4)
    // A look shows the count of its own node, which is the one that decides now.
    expect(await node(0).look(demands)).toMatchObject({ refusal: { bound: { remaining: 0 } } })
    expect(await node(1).look(demands)).toMatchObject({ refusal: null, states: [{ remaining: 10 }] })
    expect(node(0).state()).toMatchObject({ isShared: false })
    expect(node(0).state().failures).toBeGreaterThan(0)
    server = await startRedis(port)
    const probe = (n: number) =>
      take(node(n), { subject: `probe ${Math.random()}`, rate: hourly(10), cost: 1 })
    // Repeated, as requests do it; the client connects by itself.
    for (const n of [0, 1, 2]) {
      await until(async () => {
        const before = node(n).state().failures
        await probe(n)
        return node(n).state().isShared && node(n).state().failures === before
      })
    }
    const again = [{ subject: 'again', rate: hourly(50), cost: 1 }]
    const taken = await Promise.all(Array.from({ length: 200 }, (_, n) => take(node(n), ...again)))
    expect(taken.filter((each) => each.allowed).length).toBe(50)
  }, 60_000)
})

test.each<[string, unknown]>([
  ['nothing', null],
  ['a number', 1],
  ['too few texts', ['1', '0', '0', '1.000']],
  ['a text that is no number', ['1', '0', '0', '1.000', 'nan', '0']],
  ['a refusal by a limit that was not asked for', ['0', '7', '1.000', '1.000', '10', '0']],
])('are counted by each node from its own uses while Redis answers with %s', async (_, answer) => {
  const local = memoryRateLimiter(systemClock)
  const shared = { run: () => Promise.resolve(answer) }
  const limiter = sharedRateLimiter({ shared, local, clock: systemClock })
  const demands = [{ subject: 'garbage', rate: hourly(10), cost: 1 }]
  let passed = 0
  for (let n = 0; n < 30; n += 1) if ((await take(limiter, ...demands)).allowed) passed += 1
  expect(passed).toBe(10)
  expect(limiter.state()).toEqual({ isShared: false, failures: 1 })
})

async function untilAnswers(memory: SharedMemory): Promise<void> {
  await until(() =>
    memory.run('return 1', [], []).then(
      () => true,
      () => false,
    ),
  )
}

/** The timeout of the test bounds it. */
async function until(holds: () => Promise<boolean>): Promise<void> {
  while (!(await holds())) await Bun.sleep(20)
}
