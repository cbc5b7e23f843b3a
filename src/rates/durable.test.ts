import { describe, expect, test } from 'bun:test'
import { testClock } from '../../test/support/clock.ts'
import { idOf } from '../../test/support/records.ts'
import { HOUR_MS } from '../core/ground/clock.ts'
import { Fault } from '../core/ground/faults.ts'
import type { KeyId } from '../core/types.ts'
import type { RateDemand, StoredRate } from '../core/verify/rates.ts'
import { openStore } from '../store/open.ts'
import type { RateStore } from '../store/rates.ts'
import { durableRateLimiter } from './durable.ts'
import { runGivingBackTests } from './giving-back.conformance.ts'
import { runRateLimiterTests } from './limiter.conformance.ts'
import { runRateLookTests } from './look.conformance.ts'
import { runRateNamesTests } from './names.conformance.ts'

const perMonth = { name: 'requests', limit: 3, windowMs: 30 * 24 * HOUR_MS }
const one: RateDemand = { subject: idOf<KeyId>(7), rate: perMonth, cost: 1 }

const emptyStore = () => openStore('sqlite::memory:')

runRateLimiterTests('durable, short windows', async (clock) =>
  durableRateLimiter({ store: await emptyStore(), clock }),
)
runRateLimiterTests(
  'durable, windows of an hour and more',
  async (clock) => durableRateLimiter({ store: await emptyStore(), clock }),
  60,
)
runRateLimiterTests(
  'durable, with room for one key in memory',
  async (clock) => durableRateLimiter({ store: await emptyStore(), clock, keysMax: 1 }),
  60,
)

runGivingBackTests('durable', async (work) => {
  const clock = testClock()
  await work({ limiter: durableRateLimiter({ store: await emptyStore(), clock }), clock, subject: idOf(7) })
})

runRateLookTests('durable', async (work) => {
  const limiter = durableRateLimiter({ store: await emptyStore(), clock: testClock() })
  await work({ taker: limiter, looker: limiter }, idOf(7))
})

runRateNamesTests('durable', async (work) =>
  work(durableRateLimiter({ store: await emptyStore(), clock: testClock() }), idOf(7)),
)

describe('rate limits that survive a restart', () => {
  test('a look is the first to ask for a limit after a restart, and shows the units used before', async () => {
    const store = await emptyStore()
    await (await taken(store, 2)).flush()
    const limiter = durableRateLimiter({ store, clock: testClock() })
    expect(await limiter.look([one])).toMatchObject({ refusal: null, states: [{ remaining: 1 }] })
  })

  async function taken(store: RateStore, cost: number, clock = testClock()) {
    const limiter = durableRateLimiter({ store, clock })
    await limiter.load([one])
    expect(limiter.take([{ ...one, cost }])?.allowed).toBe(true)
    return limiter
  }

  async function left(store: RateStore, clock = testClock()): Promise<number | undefined> {
    const limiter = durableRateLimiter({ store, clock })
    await limiter.load([one])
    const decision = limiter.peek([{ ...one, cost: 0 }])
    return decision?.allowed ? decision.states[0]?.remaining : undefined
  }

  test('flushed units stay used in the next process', async () => {
    const store = await emptyStore()
    await (await taken(store, 2)).flush()
    expect(await left(store)).toBe(1)
  })

  test('lowering a limit does not reset its use: the next process counts it when the limit is raised again', async () => {
    const store = await emptyStore()
    const under = (limit: number, cost: number) => [{ ...one, rate: { ...perMonth, limit }, cost }]
    const clock = testClock()
    const limiter = durableRateLimiter({ store, clock })
    await limiter.load([one])
    limiter.take(under(100, 80))
    expect(limiter.take(under(10, 1))?.allowed).toBe(false)
    clock.advance(perMonth.windowMs / 10)
    expect(limiter.take(under(10, 1))?.allowed).toBe(true)
    await limiter.flush()
    const next = durableRateLimiter({ store, clock })
    await next.load([one])
    expect(next.take(under(10, 1))?.allowed).toBe(false)
    expect(next.peek(under(100, 0))).toMatchObject({ states: [{ remaining: 29 }] })
    // Once `beforeCut` is gone from memory, it is gone from the disk as well.
    next.take(under(100, 1))
    await next.flush()
    clock.advance(perMonth.windowMs * 0.71)
    expect(await next.forgetWhole()).toBe(0)
    clock.advance(perMonth.windowMs * 0.02)
    expect(await next.forgetWhole()).toBe(1)
  })

  test('units given back before the flush are free in the next process', async () => {
    const store = await emptyStore()
    const limiter = await taken(store, 1)
    const taking = limiter.take([one])
    await limiter.flush()
    if (taking?.allowed) taking.giveBack()
    await limiter.flush()
    expect(await left(store)).toBe(2)
  })

  test('giving back units of a limit that memory has dropped grants nothing', async () => {
    const store = await emptyStore()
    const clock = testClock()
    const limiter = durableRateLimiter({ store, clock, keysMax: 1 })
    await limiter.load([one])
    limiter.take([{ ...one, cost: 2 }])
    const taking = limiter.take([one])
    await limiter.flush()
    await limiter.load([{ ...one, subject: idOf(2) }])
    if (taking?.allowed) taking.giveBack()
    await limiter.flush()
    expect(await left(store)).toBe(0)
  })

  test('in the next process the units of the time in between have leaked away', async () => {
    const store = await emptyStore()
    await (await taken(store, 3)).flush()
    const later = testClock()
    later.advance(perMonth.windowMs / 3)
    expect(await left(store, later)).toBe(1)
  })

  test('a limit that is not read yet decides nothing, and a short one needs no read', async () => {
    const limiter = durableRateLimiter({ store: await emptyStore(), clock: testClock() })
    expect(limiter.take([one])).toBeNull()
    expect(limiter.peek([one])).toBeNull()
    const short = { ...one, rate: { name: 'burst', limit: 1, windowMs: HOUR_MS - 1 } }
    expect(limiter.take([short])?.allowed).toBe(true)
    expect(limiter.take([short, one])).toBeNull()
  })

  test('the next flush writes what a failed one did not', async () => {
    const store = await emptyStore()
    let fails = true
    const faulty: RateStore = {
      readRates: (keyId) => store.readRates(keyId),
      forgetRates: (wholeAt, limit) => store.forgetRates(wholeAt, limit),
      async writeRates(rates) {
        if (fails) throw new Fault('store_unavailable')
        await store.writeRates(rates)
      },
    }
    const limiter = await taken(faulty, 1)
    await expect(limiter.flush()).rejects.toThrow()
    expect(limiter.take([one])?.allowed).toBe(true)
    fails = false
    await limiter.flush()
    expect(await left(store)).toBe(1)
  })

  test('a flush prepares a few at a time, each as it is then, and each once', async () => {
    const store = await emptyStore()
    const pieces: (readonly StoredRate[])[] = []
    const watched: RateStore = {
      ...store,
      async writeRates(rates) {
        pieces.push(rates)
        // What was written a moment ago is left to the next flush, and what is still to be written is written as it is by then.
        if (pieces.length === 1) for (const demand of [demands[0], demands[999]]) limiter.take(demand ?? [])
        await store.writeRates(rates)
      },
    }
    const limiter = durableRateLimiter({ store: watched, clock: testClock() })
    const demands = Array.from({ length: 1_000 }, (_, n) => [{ ...one, subject: idOf<KeyId>(100 + n) }])
    for (const demand of demands) {
      await limiter.load(demand)
      expect(limiter.take(demand)?.allowed).toBe(true)
    }
    await limiter.flush()
    expect(pieces.map(({ length }) => length)).toEqual([250, 250, 250, 250])
    await limiter.flush()
    expect(pieces.slice(4).map((rates) => rates.map(({ keyId }) => keyId))).toEqual([[idOf<KeyId>(100)]])
    const next = durableRateLimiter({ store, clock: testClock() })
    const shown = [0, 1, 999].map(async (n) => (await next.look(demands[n] ?? [])).states[0]?.remaining)
    expect(await Promise.all(shown)).toEqual([1, 2, 1])
  })

  test('a key that leaves memory before the flush comes back with its uses', async () => {
    const store = await emptyStore()
    const limiter = durableRateLimiter({ store, clock: testClock(), keysMax: 1 })
    const other = { ...one, subject: idOf<KeyId>(8) }
    await limiter.load([one])
    limiter.take([one])
    // What is stored is older than what memory keeps.
    await limiter.flush()
    limiter.take([{ ...one, cost: 2 }])
    await limiter.load([other])
    expect(limiter.take([one])).toBeNull()
    await limiter.load([one])
    expect(limiter.take([one])?.allowed).toBe(false)
    await limiter.flush()
    await limiter.load([other])
    await limiter.load([one])
    expect(limiter.take([one])?.allowed).toBe(false)
  })

  test('a slow read does not undo the uses that happened meanwhile', async () => {
    const store = await emptyStore()
    const reads: PromiseWithResolvers<void>[] = []
    const slow: RateStore = {
      writeRates: (rates) => store.writeRates(rates),
      forgetRates: (wholeAt, limit) => store.forgetRates(wholeAt, limit),
      async readRates(keyId) {
        const found = await store.readRates(keyId)
        const gate = Promise.withResolvers<void>()
        reads.push(gate)
        await gate.promise
        return found
      },
    }
    const limiter = durableRateLimiter({ store: slow, clock: testClock(), keysMax: 1 })
    const first = limiter.load([one])
    const second = limiter.load([one])
    await Bun.sleep(0)
    expect(reads).toHaveLength(1)
    reads[0]?.resolve()
    await Promise.all([first, second])
    expect(limiter.take([{ ...one, cost: 3 }])?.allowed).toBe(true)
    await limiter.flush()
    expect(limiter.take([one])?.allowed).toBe(false)
  })

  test('limits with ever new names leave only some of them on disk', async () => {
    const store = await emptyStore()
    const clock = testClock()
    const limiter = durableRateLimiter({ store, clock })
    await limiter.load([one])
    for (let round = 0; round < 30; round += 1) {
      const rates = Array.from({ length: 10 }, (_, n) => ({ ...perMonth, name: `${round}-${n}` }))
      expect(limiter.take(rates.map((rate) => ({ ...one, rate })))?.allowed).toBe(true)
      await limiter.flush()
    }
    while ((await limiter.forgetWhole()) > 0);
    expect((await store.readRates(idOf<KeyId>(7))).length).toBeLessThanOrEqual(60)
  })

  test('the state of an unused limit is deleted, that of others stays', async () => {
    const store = await emptyStore()
    const clock = testClock()
    const limiter = await taken(store, 1, clock)
    const quick = { ...one, rate: { name: 'quick', limit: 1, windowMs: HOUR_MS } }
    limiter.take([quick])
    await limiter.flush()
    clock.advance(HOUR_MS)
    expect(await limiter.forgetWhole()).toBe(1)
    expect((await store.readRates(idOf<KeyId>(7))).map(({ name }) => name)).toEqual(['requests'])
  })
})
