import assert from 'node:assert/strict'
import {
  actAt,
  addKey,
  addUser,
  auditOf,
  eventOf,
  NOON,
  patchKey,
  ROOT_KEY,
  ROOT_USER,
  readAccount,
  seed,
} from '../../../test/support/records.ts'
import type { Reservation } from '../../core/ledger/entries.ts'
import type { Judge, LockedRows } from '../../core/ledger/judge.ts'
import type { Store } from '../store.ts'
import type { It } from './case.conformance.ts'
import {
  ended,
  held,
  keyAccount,
  ROOT_ACCOUNT,
  reservationNumber,
  used,
  WORKSPACE_ACCOUNT,
} from './ledger-case.conformance.ts'

const CALLERS = 20
const ROUNDS = 5

/** `commitLedger` with a judge, `readVersions`. */
export function ledgerJudgedTests(it: It): void {
  it('commitLedger > an entry that the judge does not admit is not written', async (store) => {
    await seed(store)
    await store.commitLedger([used(eventOf(ROOT_KEY, 'a', { amount: 1n }))])
    const entries = ['a', 'b', 'c', 'b'].map((id) => used(eventOf(ROOT_KEY, id, { amount: 1n })))
    const hold = held(reservationNumber(ROOT_KEY, 100))
    const judge = admitting((entry) => entry === entries[1])
    const outcomes = await store.commitLedger([...entries, hold], judge)
    assert.deepEqual(outcomes, ['duplicate', 'written', 'refused', 'duplicate', 'refused'])
    const { spend, holds } = await readAccount(store, keyAccount(ROOT_KEY), NOON)
    assert.deepEqual([spend.total.amount, spend.total.requests, holds], [2n, 2, []])
    assert.equal(await store.findEvent(ROOT_KEY, 'c'), null)
  })

  it('commitLedger > an entry that was written before is a duplicate, even when the judge admits nothing any more', async (store) => {
    await seed(store)
    const event = used(eventOf(ROOT_KEY, 'a'))
    const hold = held(reservationNumber(ROOT_KEY, 100, { requestId: 'r' }))
    await store.commitLedger([event, hold])
    const again = held(reservationNumber(ROOT_KEY, 101, { requestId: 'r' }))
    const entries = [event, again, used(eventOf(ROOT_KEY, 'b'))]
    const none = admitting(() => false)
    for (const areNew of [true, false])
      assert.deepEqual(await store.commitLedger(entries, none, { areNew }), [
        'duplicate',
        'duplicate',
        'refused',
      ])
  })

  it('commitLedger > a judge sees the results of all earlier commits, and no other commit comes between', async (store) => {
    await seed(store)
    let taken = 0
    for (let round = 1; round <= ROUNDS; round++) {
      const limit = BigInt(round * 7)
      const calls = Array.from({ length: CALLERS }, (_, n) => {
        const entry = used(eventOf(ROOT_KEY, `${round}-${n}`, { amount: 2n }))
        return store.commitLedger([entry], withinLimit(limit))
      })
      const outcomes = (await Promise.all(calls)).flat()
      taken += outcomes.filter((outcome) => outcome === 'written').length
      const { spend } = await readAccount(store, ROOT_ACCOUNT, NOON)
      // Where one process writes, that process runs its commits one after the other itself.
      if (!store.sharesAccounts) return
      assert.equal(spend.total.amount, limit - (limit % 2n))
    }
    console.log(`judged: ${ROUNDS * CALLERS} commits at once, ${taken} admitted`)
  })

  it('commitLedger > what its judge reads has the version from before the commit, in each attempt', async (store) => {
    await seed(store)
    const event = used(eventOf(ROOT_KEY, 'a'))
    await store.commitLedger([event])
    const accounts = [keyAccount(ROOT_KEY), ROOT_ACCOUNT, WORKSPACE_ACCOUNT]
    const before = await store.readVersions(accounts)
    const read: number[][] = []
    const judge: Judge = {
      async prepare(rows) {
        assert.deepEqual(accounts.map(rows.versionOf), before)
        for (const some of [accounts, accounts.slice(0, 1)])
          read.push((await rows.readAccounts(some, NOON)).map(({ version }) => version))
      },
      admits: () => true,
    }
    // The first attempt takes both for new, and is rolled back.
    await store.commitLedger([event, used(eventOf(ROOT_KEY, 'b'))], judge)
    assert.deepEqual(read, [before, before.slice(0, 1), before, before.slice(0, 1)])
  })

  it('readVersions > a version changes with every commit on the account, and with nothing else', async (store) => {
    await seed(store)
    const other = await addKey(store, 10)
    const accounts = [keyAccount(ROOT_KEY), ROOT_ACCOUNT, WORKSPACE_ACCOUNT, keyAccount(other.id)]
    const moved = async (work: () => Promise<unknown>) => {
      const before = await store.readVersions(accounts)
      await work()
      const after = await store.readVersions(accounts)
      const states = await store.readAccounts(accounts, NOON)
      assert.deepEqual(
        states.map(({ version }) => version),
        after,
      )
      return after.map((version, n) => version - (before[n] ?? 0))
    }
    const event = used(eventOf(ROOT_KEY, 'a'))
    const ofKey = (by: number[]) => (store.sharesAccounts ? by : [0, 0, 0, 0])
    assert.deepEqual(await moved(() => store.commitLedger([event])), ofKey([1, 1, 1, 0]))
    assert.deepEqual(
      await moved(() => store.commitLedger([held(reservationNumber(ROOT_KEY, 100))])),
      ofKey([1, 1, 1, 0]),
    )
    assert.deepEqual(await moved(() => store.commitLedger([event])), [0, 0, 0, 0])
    const refused = used(eventOf(ROOT_KEY, 'b'))
    assert.deepEqual(
      await moved(() =>
        store.commitLedger(
          [refused],
          admitting(() => false),
        ),
      ),
      [0, 0, 0, 0],
    )
    assert.deepEqual(await moved(() => patchKey(store, other.id, { name: 'other' })), [0, 0, 0, 0])
    // Sums and open holds do not depend on limits, and many holds would be long to read again.
    for (const daily of [5n, 6n])
      assert.deepEqual(await moved(() => patchKey(store, other.id, { limits: { daily } })), [0, 0, 0, 0])
    const boosts = { daily: { amount: 3n, until: NOON + 1_000 } }
    assert.deepEqual(await moved(() => patchKey(store, other.id, { boosts })), [0, 0, 0, 0])
    assert.deepEqual(await moved(() => limitUser(store, 9n)), [0, 0, 0, 0])
  })

  it('commitLedger > a judge sees how many holds of users are stored as open, and when the first runs out', async (store) => {
    await seed(store)
    const other = await addUser(store, 5)
    const unused = await addUser(store, 6)
    const key = await addKey(store, 10, { ownerId: other.id })
    const hold = (n: number, members: Partial<Reservation> = {}) => reservationNumber(ROOT_KEY, n, members)
    const ofOther = { ownerId: other.id, expiresAt: NOON - 1 }
    await store.commitLedger([
      ...[1, 2, 3].map((n) => held(hold(n, { expiresAt: NOON + n }))),
      held(reservationNumber(key.id, 4, ofOther)),
    ])
    await store.commitLedger([ended(hold(1), 'released')])
    let seen: unknown
    const prepare = async (rows: LockedRows) => {
      seen = [await rows.countHolds([other.id, ROOT_USER, unused.id]), await rows.countHolds([])]
    }
    await store.commitLedger([used(eventOf(ROOT_KEY, 'a'))], { prepare, admits: () => true })
    const none = { count: 0, runsOutAt: Number.POSITIVE_INFINITY }
    assert.deepEqual(seen, [[{ count: 1, runsOutAt: NOON - 1 }, { count: 2, runsOutAt: NOON + 2 }, none], []])
  })

  it('commitLedger > a judge sees the revision of the last change of limits, and the limits', async (store) => {
    await seed(store)
    if (!store.sharesAccounts) return
    const { revision } = await patchKey(store, ROOT_KEY, { limits: { daily: 5n } })
    await patchKey(store, ROOT_KEY, { name: 'later' })
    const owner = await limitUser(store, 9n)
    let seen: unknown
    const entry = used(eventOf(ROOT_KEY, 'a'))
    const prepare = async (rows: LockedRows) => {
      const accounts = [keyAccount(ROOT_KEY), ROOT_ACCOUNT, WORKSPACE_ACCOUNT]
      const allowances = await rows.readAllowances(accounts)
      seen = [accounts.map(rows.limitsRevisionOf), [...allowances.values()].map(({ limits }) => limits)]
    }
    await store.commitLedger([entry], { prepare, admits: () => true })
    assert.deepEqual(seen, [
      [revision, owner, 0],
      [{ daily: 5n }, { total: 9n }, {}],
    ])
  })
}

function admitting(admits: Judge['admits']): Judge {
  return { prepare: async () => {}, admits }
}

/** Admits events of 2 while the owner's spending stays within a limit. */
function withinLimit(limit: bigint): Judge {
  let spent = 0n
  return {
    async prepare(rows) {
      const [state] = await rows.readAccounts([ROOT_ACCOUNT], NOON)
      spent = state?.spend.total.amount ?? 0n
    },
    admits() {
      if (spent + 2n > limit) return false
      spent += 2n
      return true
    },
  }
}

async function limitUser(store: Store, total: bigint): Promise<number> {
  const { revision } = await store.changeUser(
    ROOT_USER,
    (user) => ({ next: { ...user, limits: { total } }, audit: auditOf('user', ROOT_USER, 'user.update') }),
    { act: actAt() },
  )
  return revision
}
