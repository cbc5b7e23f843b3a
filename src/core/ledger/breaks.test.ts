import { afterEach, expect, test } from 'bun:test'
import { addKey, eventOf, seed } from '../../../test/support/records.ts'
import { used } from '../../store/conformance/ledger-case.conformance.ts'
import { openStore } from '../../store/open.ts'
import type { Store } from '../../store/store.ts'
import { systemClock } from '../ground/clock.ts'
import type { Caller } from '../ground/turns.ts'
import type { Key } from '../types.ts'
import { createBreaks } from './breaks.ts'
import { createLedger } from './ledger.ts'

const sleep = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms))

let open: Store | null = null
afterEach(async () => {
  await open?.close()
  open = null
})

const BULK: Caller = { userId: 'bulk', keyId: 'bulk-key' }
const OTHER: Caller = { userId: 'other', keyId: 'other-key' }
const COMMIT_MS = 5

/** A ledger whose commits take some milliseconds, and the time that those of a key have taken. */
async function slowLedger() {
  const store = await openStore('sqlite::memory:')
  open = store
  await seed(store)
  const key = await addKey(store, 10)
  let busyMs = 0
  const slow: Store = {
    ...store,
    async commitLedger(entries, judge) {
      const begun = performance.now()
      await sleep(COMMIT_MS)
      const outcomes = await store.commitLedger(entries, judge)
      busyMs += performance.now() - begun
      return outcomes
    },
  }
  return { store, key, ledger: createLedger({ store: slow, clock: systemClock }), busyMs: () => busyMs }
}

function bulk(key: Key, reports: number) {
  return Array.from({ length: reports }, (_, report) =>
    Array.from({ length: 1_000 }, (__, n) => used(eventOf(key.id, `${report}-${n}`))),
  )
}

test('commits of a backlog follow each other while nobody else writes', async () => {
  const { ledger, key, busyMs } = await slowLedger()
  const begun = performance.now()
  await Promise.all(bulk(key, 4).map((entries) => ledger.record(entries, BULK)))
  const share = busyMs() / (performance.now() - begun)
  process.stdout.write(`alone, a backlog writes for ${share.toFixed(2)} of the time\n`)
  expect(share).toBeGreaterThan(0.8)
})

test('a backlog writes for half of the time while others write, and delays them no longer', async () => {
  const { ledger, store, key, busyMs } = await slowLedger()
  const ours = await addKey(store, 11)
  const begun = performance.now()
  let isOver = false
  const backlog = Promise.all(bulk(key, 6).map((entries) => ledger.record(entries, BULK))).then(() => {
    isOver = true
  })
  const waits: number[] = []
  for (let n = 0; !isOver; n += 1) {
    await sleep(15)
    const before = performance.now()
    await ledger.record([used(eventOf(ours.id, `other-${n}`))], OTHER)
    waits.push(performance.now() - before)
  }
  await backlog
  const share = busyMs() / (performance.now() - begun)
  const median = waits.toSorted((one, other) => one - other)[waits.length >> 1] ?? 0
  process.stdout.write(
    `beside ${waits.length} others, a backlog writes for ${share.toFixed(2)} of the time; they wait ${median.toFixed(1)} ms\n`,
  )
  expect(waits.length).toBeGreaterThan(20)
  expect(share).toBeLessThan(0.75)
  // The rest of one commit, and its own.
  expect(median).toBeLessThan(4 * COMMIT_MS)
}, 30_000)

test('many users with a few charges each make no breaks', async () => {
  const { ledger, store, busyMs } = await slowLedger()
  const keys = await Promise.all(Array.from({ length: 20 }, (_, n) => addKey(store, 100 + n)))
  const begun = performance.now()
  await Promise.all(
    keys.flatMap((key, user) =>
      Array.from({ length: 8 }, async (_, line) => {
        for (let n = 0; n < 12; n += 1)
          await ledger.record([used(eventOf(key.id, `${line}-${n}`))], { userId: `user ${user}`, keyId: 'k' })
      }),
    ),
  )
  const share = busyMs() / (performance.now() - begun)
  process.stdout.write(`with 20 users, commits run for ${share.toFixed(2)} of the time\n`)
  expect(share).toBeGreaterThan(0.8)
}, 30_000)

test('a break is as long as the commit, and ends when somebody else wants something', async () => {
  const breaks = createBreaks()
  breaks.commitBegins()
  const begun = performance.now()
  await breaks.take(30)
  expect(performance.now() - begun).toBeGreaterThan(25)
  const broken = breaks.take(10_000)
  breaks.someoneElseWaits()
  await broken
  expect(breaks.take(10_000)).toBeUndefined()
  breaks.commitBegins()
  const bounded = performance.now()
  // A commit that waited for a lock makes no long break.
  await breaks.take(10_000)
  expect(performance.now() - bounded).toBeLessThan(5_000)
})
