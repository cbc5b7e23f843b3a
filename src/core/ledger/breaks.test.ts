import { afterEach, expect, test } from 'bun:test'
import { addKey, eventOf, seed } from '../../../test/support/records.ts'
import { used } from '../../store/conformance/ledger-case.conformance.ts'
import { openStore } from '../../store/open.ts'
import type { Store } from '../../store/store.ts'
import { systemClock } from '../ground/clock.ts'
import type { Caller } from '../ground/turns.ts'
import type { Key } from '../types.ts'
import { createBreaks } from './breaks.ts'
import type { LedgerEntry } from './entries.ts'
import { createLedger } from './ledger.ts'

const sleep = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms))

let open: Store | null = null
afterEach(async () => {
  await open?.close()
  open = null
})

const BULK: Caller = { userId: 'bulk', keyId: 'bulk-key' }
const COMMIT_MS = 5

function isOf(key: Key, entries: readonly LedgerEntry[]): boolean {
  return entries.some((entry) => entry.kind === 'event' && entry.event.keyId === key.id)
}

/** A ledger whose commits take some milliseconds; how many there were, and the time that all and those with entries of a key have taken. */
async function slowLedger() {
  const store = await openStore('sqlite::memory:')
  open = store
  await seed(store)
  const key = await addKey(store, 10)
  const busyMs = { all: 0, ofKey: 0 }
  let commits = 0
  const slow: Store = {
    ...store,
    async commitLedger(entries, judge) {
      const begun = performance.now()
      await sleep(COMMIT_MS)
      const outcomes = await store.commitLedger(entries, judge)
      commits += 1
      const tookMs = performance.now() - begun
      busyMs.all += tookMs
      if (isOf(key, entries)) busyMs.ofKey += tookMs
      return outcomes
    },
  }
  const ledger = createLedger({ store: slow, clock: systemClock })
  return { store, key, ledger, busyMs, commits: () => commits }
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
  const share = busyMs.ofKey / (performance.now() - begun)
  process.stdout.write(`alone, a backlog writes for ${share.toFixed(2)} of the time\n`)
  expect(share).toBeGreaterThan(0.8)
})

test.each([
  { users: 1, pauseMs: 15 },
  // Somebody of these has something waiting at any time, which is no reason to write more of the backlog.
  { users: 4, pauseMs: 0 },
])(
  'a backlog writes for half of the time while %o others write, and delays them no longer',
  async ({ users, pauseMs }) => {
    const { ledger, store, key, busyMs, commits } = await slowLedger()
    const ours = await addKey(store, 11)
    const begun = performance.now()
    let isOver = false
    const backlog = Promise.all(bulk(key, 6).map((entries) => ledger.record(entries, BULK))).then(() => {
      isOver = true
    })
    const waits: number[] = []
    async function other(user: number): Promise<void> {
      for (let n = 0; !isOver; n += 1) {
        await sleep(pauseMs)
        const before = performance.now()
        const caller = { userId: `other ${user}`, keyId: 'other-key' }
        await ledger.record([used(eventOf(ours.id, `${user}-${n}`))], caller)
        waits.push(performance.now() - before)
      }
    }
    await Promise.all([backlog, ...Array.from({ length: users }, (_, user) => other(user))])
    const share = busyMs.ofKey / (performance.now() - begun)
    const median = waits.toSorted((one, other) => one - other)[waits.length >> 1] ?? 0
    process.stdout.write(
      `beside ${waits.length} calls of others, ${commits()} commits, a backlog writes for ${share.toFixed(2)} of the time; they wait ${median.toFixed(1)} ms\n`,
    )
    expect(waits.length).toBeGreaterThan(20)
    expect(share).toBeLessThan(0.6)
    // The rest of one commit, and its own.
    expect(median).toBeLessThan(4 * COMMIT_MS)
  },
  30_000,
)

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
  const share = busyMs.all / (performance.now() - begun)
  process.stdout.write(`with 20 users, commits run for ${share.toFixed(2)} of the time\n`)
  expect(share).toBeGreaterThan(0.8)
}, 30_000)

test('a break is as long as the commit, and waiting for its end stops when somebody else wants something', async () => {
  const breaks = createBreaks(() => performance.now())
  expect([breaks.isOn(), breaks.wait()]).toEqual([false, undefined])
  const begun = performance.now()
  breaks.begin(30)
  // A timer may end a little early.
  while (breaks.isOn()) await breaks.wait()
  expect(performance.now() - begun).toBeGreaterThan(25)
  breaks.begin(10_000)
  const stopped = breaks.wait()
  breaks.someoneElseWaits()
  await stopped
  expect([breaks.isOn(), breaks.wait()]).toEqual([true, undefined])
  breaks.looks()
  // A commit that waited for a lock makes no long break.
  await breaks.wait()
  expect(performance.now() - begun).toBeLessThan(5_000)
})
