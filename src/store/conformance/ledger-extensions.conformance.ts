import assert from 'node:assert/strict'
import { idOf, NOON, ROOT_KEY, readAccount, seed } from '../../../test/support/records.ts'
import type { LedgerEntry, Reservation } from '../../core/ledger/entries.ts'
import { expiryOf } from '../../core/ledger/expiry.ts'
import type { Store } from '../store.ts'
import type { It } from './case.conformance.ts'
import {
  after,
  amountsOf,
  assertReserved,
  type EntryOf,
  ended,
  extended,
  held,
  keyAccount,
  reservationNumber,
  settlementOf,
  spendOf,
} from './ledger-case.conformance.ts'

const CALLERS = 20

/** `commitLedger` of extensions and expired holds, and the reads of these. */
export function ledgerExtensionTests(it: It): void {
  it('commitLedger > an extension changes amount and expiry, and only from the values that it names', async (store) => {
    await seed(store)
    const open = reservationNumber(ROOT_KEY, 100, { requestId: 'r' })
    await store.commitLedger([held(open)])
    const first = extended(open, { amount: 8n, expiresAt: open.expiresAt + 10 })
    assert.deepEqual(await store.commitLedger([first, first]), ['written', 'duplicate'])
    const now = { ...open, amount: 8n, expiresAt: open.expiresAt + 10 }
    assert.deepEqual(await store.findReservation({ id: open.id }), now)
    assert.deepEqual(await store.commitLedger([first]), ['duplicate'])
    const next = extended(now, { expiresAt: now.expiresAt + 5 })
    const last = extended({ ...now, expiresAt: now.expiresAt + 5 }, { amount: 9n })
    assert.deepEqual(await store.commitLedger([next, last]), ['written', 'written'])
    assert.deepEqual(await store.findReservation({ keyId: ROOT_KEY, requestId: 'r' }), {
      ...now,
      amount: 9n,
      expiresAt: now.expiresAt + 5,
    })
    assert.equal((await readAccount(store, keyAccount(ROOT_KEY), NOON)).holds[0]?.amount, 9n)
  })

  it('commitLedger > a reservation that has ended, or never existed, is not extended', async (store) => {
    await seed(store)
    const open = reservationNumber(ROOT_KEY, 100)
    await store.commitLedger([held(open), ended(open, 'released')])
    assert.deepEqual(await store.commitLedger([extended(open, { amount: 9n })]), ['duplicate'])
    const missing = reservationNumber(ROOT_KEY, 101)
    assert.deepEqual(await store.commitLedger([extended(missing, { amount: 9n })]), ['duplicate'])
    assert.deepEqual(await store.findReservation({ id: open.id }), after(open, ended(open, 'released')))
  })

  it('commitLedger > a hold that was extended meanwhile does not expire, in one commit or in two', async (store) => {
    await seed(store)
    for (const n of [100, 101, 102]) {
      const open = reservationNumber(ROOT_KEY, n)
      const later = extended(open, { expiresAt: open.expiresAt + 1 })
      const runOut = expiryOf(open, open.expiresAt)
      const outcomes: string[] = []
      if (n === 100) outcomes.push(...(await store.commitLedger([held(open), later, runOut])).slice(1))
      else {
        await store.commitLedger([held(open)])
        if (n === 101) outcomes.push(...(await store.commitLedger([later, runOut])))
        else for (const entry of [later, runOut]) outcomes.push(...(await store.commitLedger([entry])))
      }
      assert.deepEqual(outcomes, ['written', 'duplicate'])
      assert.equal((await store.findReservation({ id: open.id }))?.state, 'open')
      const end = expiryOf({ ...open, expiresAt: open.expiresAt + 1 }, open.expiresAt + 1)
      assert.deepEqual(await store.commitLedger([end]), ['written'])
    }
  })

  it('commitLedger > a reservation that holds another amount meanwhile is not ended, in one commit or in two', async (store) => {
    await seed(store)
    const account = keyAccount(ROOT_KEY)
    let n = 100
    for (const way of ['one commit with the hold', 'one commit', 'two commits'] as const) {
      for (const endOf of ENDS) {
        const open = reservationNumber(ROOT_KEY, n++, { onExpiry: 'settle' })
        const more = extended(open, { amount: 8n })
        const stale = endOf(open)
        const outcomes: string[] = []
        if (way === 'one commit with the hold')
          outcomes.push(...(await store.commitLedger([held(open), more, stale])).slice(1))
        else {
          await store.commitLedger([held(open)])
          if (way === 'one commit') outcomes.push(...(await store.commitLedger([more, stale])))
          else for (const entry of [more, stale]) outcomes.push(...(await store.commitLedger([entry])))
        }
        assert.deepEqual(outcomes, ['written', 'duplicate'], way)
        assert.deepEqual(await store.findReservation({ id: open.id }), { ...open, amount: 8n })
        assert.equal(await store.findEvent(ROOT_KEY, `reservation:${open.id}`), null)
        const before = (await spendOf(store, account)).total.amount
        const end = endOf({ ...open, amount: 8n })
        assert.deepEqual(await store.commitLedger([stale, end]), ['duplicate', 'written'])
        assert.deepEqual(await store.findReservation({ id: open.id }), after({ ...open, amount: 8n }, end))
        const spent = (await spendOf(store, account)).total.amount - before
        assert.equal(spent, end.resolution.settlement?.amount ?? 0n)
      }
    }
  })

  it('commitLedger > an end in the commit of an extension is judged by the amount after it', async (store) => {
    await seed(store)
    for (const [n, endOf] of ENDS.entries()) {
      const open = reservationNumber(ROOT_KEY, 100 + n, { onExpiry: 'settle' })
      await store.commitLedger([held(open)])
      const now = { ...open, amount: 8n }
      const end = endOf(now)
      const entries = [extended(open, { amount: 8n }), endOf(open), end]
      assert.deepEqual(await store.commitLedger(entries), ['written', 'duplicate', 'written'])
      assert.deepEqual(await store.findReservation({ id: open.id }), after(now, end))
    }
  })

  it('commitLedger > a late settlement needs the amount that the hold had at its end', async (store) => {
    await seed(store)
    const open = reservationNumber(ROOT_KEY, 100)
    await store.commitLedger([held(open), ended(open, 'expired')])
    const late = (hold: Reservation) =>
      ended(hold, 'settled', { from: 'expired', settlement: settlementOf({ late: true }) })
    assert.deepEqual(await store.commitLedger([late({ ...open, amount: 4n })]), ['duplicate'])
    assert.deepEqual(await store.commitLedger([late(open)]), ['written'])
    assert.deepEqual(await store.findReservation({ id: open.id }), after(open, late(open)))
  })

  it('commitLedger > a hold that is charged at its expiry is charged once, in its windows', async (store) => {
    await seed(store)
    const day = 86_400_000
    const open = reservationNumber(ROOT_KEY, 100, { amount: 7n, heldAt: NOON - day, onExpiry: 'settle' })
    await store.commitLedger([held(open)])
    const end = expiryOf(open, open.expiresAt)
    const outcomes = await Promise.all(Array.from({ length: CALLERS }, () => store.commitLedger([end])))
    console.log(`run out: ${CALLERS} concurrent ends of one hold`)
    assert.equal(outcomes.flat().filter((outcome) => outcome === 'written').length, 1)
    const spend = await spendOf(store, keyAccount(ROOT_KEY))
    assert.deepEqual([spend.daily.amount, spend.total.amount, spend.total.requests], [0n, 7n, 1])
    assert.deepEqual(amountsOf(await spendOf(store, keyAccount(ROOT_KEY), NOON - day))[0], 7n)
    const found = await store.findReservation({ id: open.id })
    assert.deepEqual(
      [found?.state, found?.settlement?.amount, found?.settlement?.released],
      ['settled', 7n, 0n],
    )
  })

  it('commitLedger > of concurrent extensions and ends of one reservation each is written only from the state that it names', async (store) => {
    await seed(store)
    for (let round = 0; round < 10; round++) {
      const open = reservationNumber(ROOT_KEY, 100 + round)
      await store.commitLedger([held(open)])
      const entries: LedgerEntry[] = [
        ...[6n, 7n, 8n].map((amount) => extended(open, { amount })),
        ended(open, 'released'),
        expiryOf(open, open.expiresAt),
      ]
      const outcomes = (await Promise.all(entries.map((entry) => store.commitLedger([entry])))).flat()
      const written = outcomes.filter((outcome) => outcome === 'written').length
      // One extension or one end; each names the state before.
      assert.equal(written, 1, outcomes.join())
    }
    console.log('extensions against ends: 10 chances')
  })

  it('listReservations > an overdue reservation is expired, or settled if it is charged at its expiry', async (store) => {
    await seed(store)
    const released = reservationNumber(ROOT_KEY, 100)
    const charged = reservationNumber(ROOT_KEY, 101, { onExpiry: 'settle' })
    await store.commitLedger([held(released), held(charged)])
    const ids = async (state: Reservation['state'], at: number) =>
      (await store.listReservations({ state, at, limit: 10 }, CALLER)).rows.map(({ id }) => id).sort()
    const { expiresAt } = charged
    assert.deepEqual(await ids('open', expiresAt - 1), [released.id, charged.id])
    assert.deepEqual(await ids('settled', expiresAt - 1), [])
    assert.deepEqual(await ids('open', expiresAt), [])
    assert.deepEqual(await ids('expired', expiresAt), [released.id])
    assert.deepEqual(await ids('settled', expiresAt), [charged.id])
  })

  it('standingOf > a hold that is charged at its expiry counts as held until it is charged', async (store) => {
    await seed(store)
    const charged = reservationNumber(ROOT_KEY, 100, { amount: 3n, onExpiry: 'settle' })
    await store.commitLedger([held(charged), held(reservationNumber(ROOT_KEY, 101))])
    const at = charged.expiresAt
    const reserved = async () => (await store.standingOf([ROOT_KEY], at)).get(ROOT_KEY)?.reserved
    assertReserved(await reserved(), [3n, 3n, 3n, 3n])
    await store.commitLedger([expiryOf(charged, at)])
    assertReserved(await reserved(), [0n, 0n, 0n, 0n])
    assert.equal((await spendOf(store, keyAccount(ROOT_KEY))).total.amount, 3n)
  })
}

/** The ends of an open hold, as they are computed from it. */
const ENDS: ((open: Reservation) => EntryOf<'resolution'>)[] = [
  (open) => expiryOf(open, open.expiresAt),
  (open) => ended(open, 'released'),
  (open) => ended(open, 'settled', { settlement: settlementOf({ released: open.amount - 3n }) }),
]

const CALLER = { userId: idOf<string>(1), keyId: ROOT_KEY } as Parameters<Store['listReservations']>[1]
