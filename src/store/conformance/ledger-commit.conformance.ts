import assert from 'node:assert/strict'
import {
  addKey,
  addUser,
  addWorkspace,
  eventOf,
  idOf,
  NOON,
  ROOT_KEY,
  readAccount,
  revokeKey,
  seed,
} from '../../../test/support/records.ts'
import type { AccountId, LedgerEntry } from '../../core/ledger/entries.ts'
import type { KeyId } from '../../core/types.ts'
import type { Store } from '../store.ts'
import { changesNothing, type It, outcomes, rejectsWith } from './case.conformance.ts'
import {
  after,
  amountsOf,
  ended,
  held,
  keyAccount,
  ledgerOf,
  ROOT_ACCOUNT,
  reservationNumber,
  settlementOf,
  spendOf,
  used,
  WORKSPACE_ACCOUNT,
  wholeList,
} from './ledger-case.conformance.ts'

const ACCOUNTS: AccountId[] = [keyAccount(ROOT_KEY), keyAccount(idOf(10)), ROOT_ACCOUNT, WORKSPACE_ACCOUNT]

/** `commitLedger`: the outcomes of entries, one by one and together. */
export function ledgerCommitTests(it: It): void {
  it('commitLedger > events add to key, owner and workspace, in every window of their time', async (store) => {
    await seed(store)
    const owner = await addUser(store, 5)
    const workspace = await addWorkspace(store, 6)
    const place = { ownerId: owner.id, workspaceId: workspace.id }
    await addKey(store, 10, place)
    await addKey(store, 11, { ownerId: owner.id })
    const sunday = Date.parse('2026-11-29T23:59:59.999Z')
    await store.commitLedger([
      used(eventOf(idOf(10), 'a', { ...place, amount: 1n, byokAmount: 10n, requests: 2, at: sunday })),
      used(eventOf(idOf(10), 'b', { ...place, amount: 2n, at: sunday + 1 })),
      used(eventOf(idOf(11), 'c', { ownerId: owner.id, amount: 4n, at: sunday + 86_400_001 })),
    ])
    const amounts = async (account: AccountId, at: number) => amountsOf(await spendOf(store, account, at))
    assert.deepEqual(await amounts(keyAccount(idOf(10)), sunday), [1n, 1n, 3n, 3n])
    assert.deepEqual(await amounts({ kind: 'user', id: owner.id }, sunday), [1n, 1n, 3n, 7n])
    assert.deepEqual(await amounts({ kind: 'user', id: owner.id }, sunday + 1), [2n, 6n, 3n, 7n])
    assert.deepEqual(await amounts({ kind: 'user', id: owner.id }, sunday + 86_400_001), [4n, 6n, 4n, 7n])
    assert.deepEqual(await amounts({ kind: 'workspace', id: workspace.id }, sunday + 1), [2n, 2n, 3n, 3n])
    assert.deepEqual(await amounts(WORKSPACE_ACCOUNT, sunday + 86_400_001), [4n, 4n, 4n, 4n])
    const { daily } = await spendOf(store, { kind: 'user', id: owner.id }, sunday)
    assert.deepEqual(daily, { amount: 1n, byokAmount: 10n, requests: 2 })
    assert.deepEqual(await amounts(ROOT_ACCOUNT, sunday), [0n, 0n, 0n, 0n])
  })

  it('commitLedger > returns one outcome per entry, in their order', async (store) => {
    await seed(store)
    const open = reservationNumber(ROOT_KEY, 100)
    await store.commitLedger([used(eventOf(ROOT_KEY, 'a')), held(open)])
    const entries = [
      used(eventOf(ROOT_KEY, 'b')),
      used(eventOf(ROOT_KEY, 'a', { amount: 7n })),
      held(open),
      held(reservationNumber(ROOT_KEY, 101)),
      ended(reservationNumber(ROOT_KEY, 999), 'released'),
      ended(open, 'released'),
      used(eventOf(ROOT_KEY, 'b', { amount: 7n })),
      ended(open, 'expired'),
    ]
    assert.deepEqual(await store.commitLedger(entries), [
      'written',
      'duplicate',
      'duplicate',
      'written',
      'duplicate',
      'written',
      'duplicate',
      'duplicate',
    ])
    assert.deepEqual(await store.commitLedger([]), [])
    assert.equal((await spendOf(store, keyAccount(ROOT_KEY))).total.requests, 2)
  })

  it('commitLedger > an entry that is written again changes nothing', async (store) => {
    await seed(store)
    const open = reservationNumber(ROOT_KEY, 100, { requestId: 'r' })
    const entries = [
      used(eventOf(ROOT_KEY, 'a', { meta: { model: 'x' } })),
      held(open),
      ended(open, 'settled'),
    ]
    assert.deepEqual(await store.commitLedger(entries), ['written', 'written', 'written'])
    const before = await ledgerOf(store, ACCOUNTS)
    assert.deepEqual(await store.commitLedger(entries), ['duplicate', 'duplicate', 'duplicate'])
    assert.deepEqual(await ledgerOf(store, ACCOUNTS), before)
  })

  it('commitLedger > a hold and its end in one call, and several ends one after the other', async (store) => {
    await seed(store)
    const [one, two, three] = [100, 101, 102].map((n) => reservationNumber(ROOT_KEY, n))
    assert.ok(one && two && three)
    const late = ended(two, 'settled', { from: 'expired', settlement: settlementOf({ late: true }) })
    const settled = ended(one, 'settled')
    const entries = [
      held(one),
      settled,
      held(two),
      ended(two, 'expired'),
      late,
      ended(two, 'released', { from: 'expired' }),
      held(three),
    ]
    assert.deepEqual(await store.commitLedger(entries), [
      ...['written', 'written', 'written', 'written', 'written', 'duplicate', 'written'],
    ])
    assert.deepEqual(await store.findReservation({ id: one.id }), after(one, settled))
    assert.deepEqual(await store.findReservation({ id: two.id }), after(two, late))
    assert.deepEqual(await store.findReservation({ id: three.id }), three)
    assert.equal((await spendOf(store, keyAccount(ROOT_KEY))).total.amount, 6n)
  })

  it('commitLedger > an end before its hold is a duplicate, and the hold stays open', async (store) => {
    await seed(store)
    const open = reservationNumber(ROOT_KEY, 100)
    assert.deepEqual(await store.commitLedger([ended(open, 'settled'), held(open)]), ['duplicate', 'written'])
    assert.deepEqual(await store.findReservation({ id: open.id }), open)
    assert.equal((await spendOf(store, keyAccount(ROOT_KEY))).total.requests, 0)
    assert.equal(await store.findEvent(ROOT_KEY, `reservation:${open.id}`), null)
  })

  it('commitLedger > a resolution changes only what is stored as `from`, and its event is written only then', async (store) => {
    await seed(store)
    const open = reservationNumber(ROOT_KEY, 100)
    await store.commitLedger([held(open)])
    assert.deepEqual(await store.commitLedger([ended(open, 'settled', { from: 'expired' })]), ['duplicate'])
    assert.deepEqual(await store.findReservation({ id: open.id }), open)
    const expired = ended(open, 'expired')
    assert.deepEqual(await store.commitLedger([expired]), ['written'])
    assert.deepEqual(await store.commitLedger([ended(open, 'settled')]), ['duplicate'])
    assert.deepEqual(await store.findReservation({ id: open.id }), after(open, expired))
    assert.equal((await spendOf(store, keyAccount(ROOT_KEY))).total.requests, 0)
    const late = ended(open, 'settled', { from: 'expired', settlement: settlementOf({ late: true }) })
    assert.deepEqual(await store.commitLedger([late]), ['written'])
    assert.deepEqual(await store.findReservation({ id: open.id }), after(open, late))
    assert.equal((await spendOf(store, keyAccount(ROOT_KEY))).total.amount, 3n)
  })

  it('commitLedger > the event of a refused end may still be written by itself', async (store) => {
    await seed(store)
    const refused = ended(reservationNumber(ROOT_KEY, 100), 'settled')
    assert.ok(refused.event)
    assert.deepEqual(await store.commitLedger([refused, used(refused.event), used(refused.event)]), [
      'duplicate',
      'written',
      'duplicate',
    ])
    assert.equal((await spendOf(store, keyAccount(ROOT_KEY))).total.amount, 3n)
  })

  it('commitLedger > an end whose event was written before is written, and counts once', async (store) => {
    await seed(store)
    const open = reservationNumber(ROOT_KEY, 100)
    const settled = ended(open, 'settled')
    assert.ok(settled.event)
    await store.commitLedger([held(open), used(settled.event)])
    assert.deepEqual(await store.commitLedger([settled]), ['written'])
    assert.deepEqual(await store.findReservation({ id: open.id }), after(open, settled))
    assert.equal((await spendOf(store, keyAccount(ROOT_KEY))).total.amount, 3n)
  })

  it('commitLedger > a request id is unique per key, and ids identify reservations', async (store) => {
    await seed(store)
    await addKey(store, 10)
    const named = (keyId: KeyId, n: number, requestId: string | null) =>
      held(reservationNumber(keyId, n, { requestId }))
    const entries = [
      named(ROOT_KEY, 100, 'r'),
      named(ROOT_KEY, 101, 'r'),
      named(ROOT_KEY, 102, 'R'),
      named(idOf(10), 103, 'r'),
      named(ROOT_KEY, 104, null),
      named(ROOT_KEY, 105, null),
    ]
    const expected = ['written', 'duplicate', 'written', 'written', 'written', 'written']
    assert.deepEqual(await store.commitLedger(entries), expected)
    assert.deepEqual(await store.commitLedger([named(ROOT_KEY, 106, 'r'), named(ROOT_KEY, 100, 'other')]), [
      'duplicate',
      'duplicate',
    ])
    // The id is taken, but the request id is still free for another reservation.
    assert.deepEqual(await store.commitLedger([named(ROOT_KEY, 100, 'free'), named(ROOT_KEY, 107, 'free')]), [
      'duplicate',
      'written',
    ])
    assert.equal((await wholeList(store)).length, 6)
  })

  it('commitLedger > usage of revoked keys and of deleted accounts is recorded', async (store) => {
    await seed(store)
    const key = await revokeKey(store, (await addKey(store, 10)).id)
    const open = reservationNumber(key.id, 100)
    assert.deepEqual(
      await store.commitLedger([used(eventOf(key.id, 'a')), held(open), ended(open, 'settled')]),
      ['written', 'written', 'written'],
    )
    assert.equal((await spendOf(store, keyAccount(key.id))).total.amount, 1_000_000_003n)
  })

  it('commitLedger > key_not_found: an event or hold of an unknown key, and nothing is written', async (store) => {
    await seed(store)
    const open = reservationNumber(ROOT_KEY, 100)
    await store.commitLedger([held(open)])
    const before = await ledgerOf(store, ACCOUNTS)
    const fine = [
      used(eventOf(ROOT_KEY, 'a')),
      ended(open, 'settled'),
      held(reservationNumber(ROOT_KEY, 101)),
    ]
    const unknown = idOf<KeyId>(99)
    for (const wrong of [used(eventOf(unknown, 'b')), held(reservationNumber(unknown, 102))]) {
      await rejectsWith('key_not_found', store.commitLedger([...fine, wrong]))
      await rejectsWith('key_not_found', store.commitLedger([wrong, ...fine]))
    }
    assert.deepEqual(await ledgerOf(store, ACCOUNTS), before)
    assert.deepEqual(await store.commitLedger(fine), ['written', 'written', 'written'])
  })

  it('commitLedger > input_invalid: texts that not every engine can keep, and nothing is written', async (store) => {
    await seed(store)
    const open = reservationNumber(ROOT_KEY, 100)
    await store.commitLedger([held(open)])
    const before = await ledgerOf(store, ACCOUNTS)
    for (const text of ['nul \u0000', 'half \ud83d', '\udc00']) {
      const settlement = settlementOf({ meta: { [text]: 'x' } })
      const wrong: LedgerEntry[] = [
        used(eventOf(ROOT_KEY, text)),
        used(eventOf(ROOT_KEY, 'a', { meta: { model: text } })),
        used(eventOf(ROOT_KEY, 'a', { meta: { [text]: 'x' } })),
        held(reservationNumber(ROOT_KEY, 101, { requestId: text })),
        ended(open, 'settled', { settlement, event: { meta: {} } }),
      ]
      for (const entry of wrong) {
        await rejectsWith('input_invalid', store.commitLedger([used(eventOf(ROOT_KEY, 'b')), entry]))
      }
    }
    assert.deepEqual(await ledgerOf(store, ACCOUNTS), before)
  })

  it('commitLedger > texts are read back byte for byte, whatever JSON makes of them', async (store) => {
    await seed(store)
    const texts = [
      '',
      '"',
      '\\',
      '\\u0000',
      '\n\t\u0001',
      '{"a":[1]}',
      'null',
      '👩‍👩‍👧‍👦',
      '__proto__',
      '1e400',
      "'); --",
    ]
    const meta = Object.fromEntries(texts.map((text) => [`name ${text}`, text]))
    for (const [n, text] of texts.entries()) {
      const event = eventOf(ROOT_KEY, `id ${text}`, { meta, at: NOON + n })
      const open = reservationNumber(ROOT_KEY, 100 + n, { requestId: `r ${text}` })
      const settled = ended(open, 'settled', { settlement: settlementOf({ meta }) })
      await store.commitLedger([used(event), held(open), settled])
      assert.deepEqual(await store.findEvent(ROOT_KEY, event.id), event)
      const found = await store.findReservation({ keyId: ROOT_KEY, requestId: `r ${text}` })
      assert.deepEqual(found, after(open, settled))
    }
  })

  it('commitLedger > integers keep every digit', async (store) => {
    await seed(store)
    for (const [n, amount] of [2n ** 53n + 1n, 2n ** 61n + 1n].entries()) {
      const event = eventOf(ROOT_KEY, `e${n}`, { amount, byokAmount: amount })
      const settlement = settlementOf({ amount: 1n, byokAmount: amount, released: amount, overdraft: amount })
      const open = reservationNumber(ROOT_KEY, 100 + n, { amount, heldAt: 0, expiresAt: 253_402_300_799_999 })
      const settled = ended(open, 'settled', { settlement })
      await store.commitLedger([used(event), held(open)])
      assert.deepEqual((await readAccount(store, keyAccount(ROOT_KEY), NOON)).holds[0]?.amount, amount)
      await store.commitLedger([settled])
      assert.deepEqual(await store.findEvent(ROOT_KEY, event.id), event)
      assert.deepEqual(await store.findReservation({ id: open.id }), after(open, settled))
    }
  })

  it('commitLedger > reservations change neither revision nor audit log', async (store) => {
    await seed(store)
    const open = reservationNumber(ROOT_KEY, 100)
    await changesNothing(store, () =>
      store.commitLedger([used(eventOf(ROOT_KEY, 'a')), held(open), ended(open, 'released')]),
    )
  })

  it('commitLedger > two thousand entries at once, and any number of keys', async (store) => {
    await seed(store)
    for (let n = 10; n < 60; n++) await addKey(store, n)
    const holds = Array.from({ length: 1_000 }, (_, n) =>
      reservationNumber(idOf(10 + (n % 50)), 1_000 + n, { requestId: `r${n}` }),
    )
    const entries: LedgerEntry[] = [
      ...holds.map(held),
      ...holds.map((_, n) =>
        used(eventOf(idOf(10 + (n % 50)), `e${n}`, { amount: 1n, meta: { n: `${n % 7}` } })),
      ),
    ]
    assert.equal((await store.commitLedger(entries)).filter((each) => each === 'written').length, 2_000)
    assert.equal((await spendOf(store, ROOT_ACCOUNT)).total.amount, 1_000n)
    const ends = holds.map((hold) => ended(hold, 'settled'))
    assert.deepEqual(await store.commitLedger([...ends, ...ends]), [
      ...ends.map(() => 'written'),
      ...ends.map(() => 'duplicate'),
    ])
    assert.equal((await spendOf(store, ROOT_ACCOUNT)).total.amount, 4_000n)
    assert.deepEqual((await readAccount(store, ROOT_ACCOUNT, NOON)).holds, [])
  })

  it('commitLedger > concurrent ends of one reservation: one is written, the others are duplicates', async (store) => {
    await seed(store)
    const rounds = 10
    const callers = 5
    for (let round = 0; round < rounds; round++) {
      const open = reservationNumber(ROOT_KEY, 100 + round)
      await store.commitLedger([held(open)])
      const ends = Array.from({ length: callers }, (_, n) =>
        n % 2 === 0 ? ended(open, 'settled', { at: NOON + n }) : ended(open, 'released', { at: NOON + n }),
      )
      const answers = await Promise.all(ends.map((end) => store.commitLedger([end])))
      const written = ends.filter((_, n) => answers[n]?.[0] === 'written')
      assert.equal(written.length, 1)
      const [winner] = written
      assert.ok(winner)
      assert.deepEqual(await store.findReservation({ id: open.id }), after(open, winner))
    }
    console.log(`commitLedger: ${rounds} rounds of ${callers} concurrent ends of one reservation`)
    assert.equal((await spendOf(store, keyAccount(ROOT_KEY))).total.amount, await settledAmount(store))
  })

  it('commitLedger > concurrent holds under one request id: one is written', async (store) => {
    await seed(store)
    const callers = 20
    const answers = await Promise.all(
      Array.from({ length: callers }, (_, n) =>
        store.commitLedger([held(reservationNumber(ROOT_KEY, 100 + n, { requestId: 'same' }))]),
      ),
    )
    console.log(`commitLedger: ${callers} concurrent holds under one request id`)
    assert.equal(answers.filter(([outcome]) => outcome === 'written').length, 1)
    assert.equal((await wholeList(store)).length, 1)
  })

  it('commitLedger > concurrent commits, changes of limits and reads of one account do not interfere', async (store) => {
    await seed(store)
    await addKey(store, 10, { limits: { total: 1_000n } })
    const rounds = 20
    const calls = Array.from({ length: rounds }, (_, n) => [
      store.commitLedger([used(eventOf(idOf(10), `${n}`, { amount: 50n }))]),
      readAccount(store, keyAccount(idOf(10)), NOON),
      store.usageReport({ from: 0, to: NOON + 1, interval: 'day', groupBy: [{ kind: 'key' }], rowsMax: 10 }),
      addKey(store, 100 + n),
    ]).flat()
    const { done, faults } = await outcomes<unknown>(calls)
    console.log(`commitLedger: ${rounds} commits among ${calls.length} concurrent calls`)
    assert.deepEqual(faults, [])
    assert.equal(done.length, 4 * rounds)
    assert.equal((await spendOf(store, keyAccount(idOf(10)))).total.amount, 1_000n)
    assert.equal((await store.listCrossings({ account: keyAccount(idOf(10)), limit: 10 })).length, 3)
  })
}

async function settledAmount(store: Store): Promise<bigint> {
  const settled = (await wholeList(store)).filter(({ state }) => state === 'settled')
  return settled.reduce((sum, { settlement }) => sum + (settlement?.amount ?? 0n), 0n)
}
