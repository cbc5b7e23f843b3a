import { afterEach, describe, expect, test } from 'bun:test'
import { testClock } from '../../../test/support/clock.ts'
import { addKey, eventOf, NOON, seed } from '../../../test/support/records.ts'
import { held, reservationNumber, used } from '../../store/conformance/ledger-case.conformance.ts'
import { openStore } from '../../store/open.ts'
import type { Store } from '../../store/store.ts'
import { DAY_MS, type Instant } from '../ground/clock.ts'
import { Fault } from '../ground/faults.ts'
import type { Allowance, Key } from '../types.ts'
import { createLedger } from './ledger.ts'
import type { AskedChain } from './spare.ts'

const open: Store[] = []
afterEach(async () => {
  for (const store of open.splice(0)) await store.close()
})

const CALLER = { userId: 'honest', keyId: 'honest-key' }
const LIMITS = { daily: 10n, total: 100n }

/** `sharesAccounts` as where other nodes spend, too. */
async function rig({
  sharesAccounts = false,
  members = {},
}: {
  sharesAccounts?: boolean
  members?: Partial<Key>
} = {}) {
  const store = await openStore('sqlite::memory:')
  open.push(store)
  await seed(store)
  const clock = testClock(NOON)
  const disk = { isLost: false }
  const watched: Store = {
    ...store,
    sharesAccounts,
    commitLedger(entries, judge) {
      if (disk.isLost) throw new Fault('store_unavailable')
      return store.commitLedger(entries, judge)
    },
  }
  const ledger = createLedger({ store: watched, clock })
  const key = await addKey(store, 10, { limits: LIMITS, ...members })
  const asked = askedOf(key, key)
  await ledger.load(asked.chain)
  const charge = (amount: bigint, name: string) =>
    ledger.admit(asked.chain, { amount, entry: used({ ...eventOf(key.id, name), amount }), caller: CALLER })
  return { ledger, disk, clock, key, asked, charge, spare: () => ledger.spare(asked, clock.now()) }
}

function askedOf(key: Key, allowance: Allowance): AskedChain {
  return { chain: [{ account: { kind: 'key', id: key.id }, allowance }], standing: null }
}

describe('what is left of a chain', () => {
  test('is the same list while nothing happens, and says what the outlook says', async () => {
    const { ledger, asked, spare } = await rig()
    const first = spare()
    expect(first).toMatchObject([
      { window: 'daily', remaining: 10n },
      { window: 'total', remaining: 100n },
    ])
    expect(spare()).toBe(first)
    expect(first).toEqual(ledger.budget(asked.chain))
  })

  test('is another one after a charge, a hold and its end, and none once nothing is left', async () => {
    const { ledger, key, asked, charge, spare } = await rig()
    spare()
    await charge(4n, 'one')
    expect(spare()).toMatchObject([
      { spent: 4n, remaining: 6n },
      { spent: 4n, remaining: 96n },
    ])
    const hold = reservationNumber(key.id, 1, { amount: 5n, expiresAt: NOON + 1_000 })
    await ledger.admit(asked.chain, { amount: 5n, entry: held(hold), caller: CALLER })
    expect(spare()).toMatchObject([{ reserved: 5n, remaining: 1n }, { remaining: 91n }])
    await charge(1n, 'two')
    expect(spare()).toBeNull()
  })

  test('counts no hold from when it has run out, before its end is written, nor any less when the clock is set back', async () => {
    const { ledger, clock, key, asked, spare } = await rig()
    const holds = [1_000, 2_000].map((ttlMs, n) =>
      reservationNumber(key.id, n + 1, { amount: 2n, expiresAt: NOON + ttlMs }),
    )
    for (const hold of holds)
      await ledger.admit(asked.chain, { amount: 2n, entry: held(hold), caller: CALLER })
    const times = [0, 999, 1_000, 1_999, 2_000, 1_999, 999]
    const reserved = times.map((ms) => {
      clock.set(NOON + ms)
      return spare()?.[0]?.reserved
    })
    expect(reserved).toEqual([4n, 4n, 2n, 2n, 0n, 2n, 4n])
  })

  test('is not known in a new window before its sums have been read', async () => {
    const { ledger, clock, asked, charge, spare } = await rig()
    await charge(4n, 'one')
    expect(spare()).toMatchObject([{ spent: 4n }, { spent: 4n }])
    clock.advance(DAY_MS)
    expect(spare()).toBeNull()
    await ledger.load(asked.chain)
    expect(spare()).toMatchObject([
      { window: 'daily', spent: 0n },
      { window: 'total', spent: 4n },
    ])
    // A clock that is set back finds the old day again, and not the answer of the new one.
    clock.set(NOON)
    expect(spare()).toEqual(ledger.budget(asked.chain))
  })

  test('is judged anew each time while a limit has a boost, which ends in the middle of a day', async () => {
    const until: Instant = NOON + 60_000
    const { clock, charge, spare } = await rig({ members: { boosts: { daily: { amount: 5n, until } } } })
    await charge(12n, 'one')
    expect(spare()).toMatchObject([{ limit: 15n, remaining: 3n }, { remaining: 88n }])
    clock.set(until)
    expect(spare()).toBeNull()
  })

  test('is not known where other nodes spend, too, once the copy is too old', async () => {
    const { clock, spare } = await rig({ sharesAccounts: true })
    expect(spare()).not.toBeNull()
    clock.advance(60_000)
    expect(spare()).toBeNull()
  })

  test('is not known once the copies of its accounts have been dropped, as after a commit that failed', async () => {
    const { ledger, disk, asked, charge, spare } = await rig()
    expect(spare()).not.toBeNull()
    disk.isLost = true
    await expect(charge(1n, 'one')).rejects.toThrow()
    expect(spare()).toBeNull()
    await ledger.load(asked.chain)
    expect(spare()).toMatchObject([{ spent: 0n }, { spent: 0n }])
  })

  test('of a changed limit is that of the new facts, whose chain is another one', async () => {
    const { ledger, clock, key, spare } = await rig()
    spare()
    const changed = askedOf(key, { ...key, limits: { total: 7n } })
    expect(ledger.spare(changed, clock.now())).toMatchObject([{ window: 'total', limit: 7n }])
  })
})
