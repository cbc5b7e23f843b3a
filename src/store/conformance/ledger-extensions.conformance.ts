import assert from 'node:assert/strict'
import { idOf, NOON, ROOT_KEY, readAccount, seed } from '../../../test/support/records.ts'
import type { Extension, LedgerEntry, Reservation } from '../../core/ledger/entries.ts'
import { expiryOf } from '../../core/ledger/expiry.ts'
import type { Store } from '../store.ts'
import type { It } from './case.conformance.ts'
import {
  after,
  amountsOf,
  assertReserved,
  ended,
  held,
  keyAccount,
  reservationNumber,
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
      // One extension and the release after it, or one end alone; never an expiry after an extension of the expiry.
      assert.ok(written >= 1 && written <= 2, outcomes.join())
      assert.notEqual((await store.findReservation({ id: open.id }))?.state, 'open')
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

const CALLER = { userId: idOf<string>(1), keyId: ROOT_KEY } as Parameters<Store['listReservations']>[1]

function extended(hold: Reservation, to: Partial<Extension>): LedgerEntry {
  const { id, keyId, ownerId, workspaceId, heldAt, onExpiry, amount, expiresAt } = hold
  const from = { amount, expiresAt }
  const extension = { id, keyId, ownerId, workspaceId, heldAt, onExpiry, amount, expiresAt, from, ...to }
  return { kind: 'extension', extension }
}
