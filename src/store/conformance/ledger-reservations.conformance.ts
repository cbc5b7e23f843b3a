import assert from 'node:assert/strict'
import {
  addKey,
  addUser,
  addWorkspace,
  eventOf,
  idOf,
  NOON,
  ROOT_KEY,
  ROOT_USER,
  readAccount,
  seed,
} from '../../../test/support/records.ts'
import { MAX } from '../../core/ground/bounds.ts'
import type { AccountId, Hold, Reservation, ReservationId } from '../../core/ledger/entries.ts'
import type { ReservationQuery } from '../../core/metering/reports.ts'
import type { KeyId, UserId } from '../../core/types.ts'
import type { Store } from '../store.ts'
import { type It, rejectsWith } from './case.conformance.ts'
import {
  after,
  amountsOf,
  assertReserved,
  ended,
  held,
  hold,
  keyAccount,
  ROOT_ACCOUNT,
  reservationNumber,
  settlementOf,
  used,
  WORKSPACE_ACCOUNT,
} from './ledger-case.conformance.ts'

/** `readAccount`, `standingOf`, `findReservation`, `listReservations`, `countOpen`. */
export function ledgerReservationTests(it: It): void {
  it('readAccount > returns the sums of the windows of the instant, and every reservation stored as open, also expired ones', async (store) => {
    const [one, two, three, four] = await fourHolds(store)
    const runOut = { ...hold(two), expiresAt: NOON - 1 }
    await store.commitLedger([
      held(one),
      held({ ...two, expiresAt: NOON - 1 }),
      held(three),
      ended(three, 'released'),
      held(four),
      used(eventOf(ROOT_KEY, 'a', { amount: 1n, byokAmount: 2n, requests: 3 })),
    ])
    const holdsOf = async (account: AccountId) => byId((await readAccount(store, account, NOON)).holds)
    assert.deepEqual(await holdsOf(keyAccount(ROOT_KEY)), byId([hold(one), runOut]))
    assert.deepEqual(await holdsOf(keyAccount(idOf(10))), [hold(four)])
    assert.deepEqual(await holdsOf(ROOT_ACCOUNT), byId([hold(one), runOut]))
    assert.deepEqual(await holdsOf({ kind: 'user', id: idOf(5) }), [hold(four)])
    assert.deepEqual(await holdsOf(WORKSPACE_ACCOUNT), byId([hold(one), runOut]))
    assert.deepEqual(await holdsOf({ kind: 'workspace', id: idOf(6) }), [hold(four)])
    const { spend } = await readAccount(store, ROOT_ACCOUNT, NOON)
    const sums = { amount: 1n, byokAmount: 2n, requests: 3 }
    assert.deepEqual(spend, { daily: sums, weekly: sums, monthly: sums, total: sums })
    const later = await readAccount(store, ROOT_ACCOUNT, NOON + 400 * 86_400_000)
    assert.deepEqual(amountsOf(later.spend), [0n, 0n, 0n, 1n])
  })

  it('readAccounts > returns any number of open holds, each once, and others have turns meanwhile', async (store) => {
    await seed(store)
    const all = Array.from({ length: 2 * MAX.holdsReadAtOnce + 1 }, (_, n) =>
      reservationNumber(ROOT_KEY, 1_000 + n),
    )
    // Whole pieces, and then one more.
    for (const holds of [all.slice(1), all.slice(0, 1)]) {
      await store.commitLedger(holds.map(held))
      for (const account of [keyAccount(ROOT_KEY), ROOT_ACCOUNT, WORKSPACE_ACCOUNT]) {
        const turns = countTurns()
        const read = (await readAccount(store, account, NOON)).holds
        assert.deepEqual(byId(read), byId((holds.length === 1 ? all : holds).map(hold)))
        assert.ok(turns() >= 1)
      }
    }
  })

  it('readAccount > returns nothing for an unknown or unused account', async (store) => {
    await seed(store)
    for (const kind of ['key', 'user', 'workspace'] as const) {
      const { spend, holds } = await readAccount(store, { kind, id: idOf(99) }, NOON)
      assert.deepEqual([amountsOf(spend), holds], [[0n, 0n, 0n, 0n], []])
    }
  })

  it('readAccount > sums and holds are of one moment: a hold that is settled meanwhile counts once', async (store) => {
    await seed(store)
    const rounds = 50
    const holds = Array.from({ length: rounds }, (_, n) =>
      reservationNumber(ROOT_KEY, 100 + n, { amount: 3n }),
    )
    await store.commitLedger(holds.map(held))
    let seen = 0
    const reading = async () => {
      for (let n = 0; n < rounds; n++) {
        const { spend, holds: open } = await readAccount(store, keyAccount(ROOT_KEY), NOON)
        const all = open.reduce((sum, { amount }) => sum + amount, spend.total.amount)
        assert.equal(all, BigInt(3 * rounds))
        if (open.length > 0 && open.length < rounds) seen += 1
      }
    }
    const settling = async () => {
      for (const each of holds) await store.commitLedger([ended(each, 'settled')])
    }
    await Promise.all([reading(), settling()])
    console.log(`readAccount: ${rounds} reads while ${rounds} holds were settled, ${seen} of them in between`)
  })

  it('standingOf > open holds count in the windows of their time, until they expire', async (store) => {
    await seed(store)
    await addKey(store, 10)
    const day = 86_400_000
    const at = Date.parse('2026-11-25T12:00:00.000Z')
    const heldAt = [at, at - day, at - 5 * day, at - 40 * day]
    const holds = heldAt.map((instant, n) =>
      reservationNumber(ROOT_KEY, 100 + n, {
        amount: 10n ** BigInt(n),
        heldAt: instant,
        expiresAt: at + 100,
      }),
    )
    const runOut = reservationNumber(ROOT_KEY, 200, { amount: 7n, heldAt: at, expiresAt: at })
    const other = reservationNumber(idOf(10), 201, { amount: 5n, heldAt: at, expiresAt: at + 1 })
    const closed = reservationNumber(ROOT_KEY, 202, { amount: 9n, heldAt: at, expiresAt: at + 1 })
    await store.commitLedger([...holds, runOut, other, closed].map(held))
    await store.commitLedger([ended(closed, 'released')])
    const standings = await store.standingOf([ROOT_KEY, idOf(10), idOf(99)], at)
    assertReserved(standings.get(ROOT_KEY)?.reserved, [1n, 11n, 111n, 1_111n])
    assertReserved(standings.get(idOf(10))?.reserved, [5n, 5n, 5n, 5n])
    assertReserved(standings.get(idOf(99))?.reserved, [0n, 0n, 0n, 0n])
    const later = await store.standingOf([ROOT_KEY], at + 100)
    assertReserved(later.get(ROOT_KEY)?.reserved, [0n, 0n, 0n, 0n])
  })

  it('standingOf > the sum of holds may be larger than 64 bits', async (store) => {
    await seed(store)
    const amount = 2n ** 63n - 1n
    await store.commitLedger([100, 101, 102].map((n) => held(reservationNumber(ROOT_KEY, n, { amount }))))
    const sum = 3n * amount
    assertReserved((await store.standingOf([ROOT_KEY], NOON)).get(ROOT_KEY)?.reserved, [sum, sum, sum, sum])
  })

  it('the callers that ended a reservation and reported an event are read back, the server itself as null', async (store) => {
    await seed(store)
    const root = { userId: ROOT_USER, keyId: ROOT_KEY }
    await addUser(store, 5)
    await addKey(store, 10, { ownerId: idOf(5) })
    const other = { userId: idOf<UserId>(5), keyId: idOf<KeyId>(10) }
    const [one, two, three, four] = [100, 101, 102, 103].map((n) => reservationNumber(ROOT_KEY, n)) as [
      Reservation,
      Reservation,
      Reservation,
      Reservation,
    ]
    await store.commitLedger([held(one), held(two), held(four)])
    // A reservation that is held and ended in one commit is written as one row.
    await store.commitLedger([
      held(three),
      ended(three, 'released', { by: root }),
      ended(one, 'settled', { by: other }),
      ended(two, 'expired'),
      used(eventOf(ROOT_KEY, 'e', { reportedBy: other })),
    ])
    const by = async (id: ReservationId) => (await store.findReservation({ id }))?.resolvedBy
    assert.deepEqual(await by(one.id), other)
    assert.deepEqual(await by(two.id), null)
    assert.deepEqual(await by(three.id), root)
    assert.deepEqual(await by(four.id), null)
    const { rows } = await store.listReservations({ at: NOON, limit: 10 })
    assert.deepEqual(
      new Map(rows.map(({ id, resolvedBy }) => [id, resolvedBy])),
      new Map([
        [one.id, other],
        [two.id, null],
        [three.id, root],
        [four.id, null],
      ]),
    )
    assert.deepEqual((await store.findEvent(ROOT_KEY, 'e'))?.reportedBy, other)
    assert.deepEqual((await store.findEvent(ROOT_KEY, `reservation:${one.id}`))?.reportedBy, other)
    // The late settlement is by another caller; the repeated one keeps its first caller.
    await store.commitLedger([
      ended(two, 'settled', { from: 'expired', by: root }),
      used(eventOf(ROOT_KEY, 'e', { reportedBy: root })),
    ])
    assert.deepEqual(await by(two.id), root)
    assert.deepEqual((await store.findEvent(ROOT_KEY, 'e'))?.reportedBy, other)
  })

  it('findReservation > finds one by its id, or by its key and request id, in every state', async (store) => {
    await seed(store)
    await addKey(store, 10)
    const one = reservationNumber(ROOT_KEY, 100, { requestId: 'r' })
    const two = reservationNumber(idOf(10), 101, { requestId: 'r' })
    const meta = { model: 'x', '': '' }
    const settlement = settlementOf({
      amount: 9n,
      byokAmount: 8n,
      meta,
      released: 0n,
      overdraft: 4n,
      late: true,
    })
    const end = ended(two, 'settled', { settlement })
    await store.commitLedger([held(one), held(two), end])
    assert.deepEqual(await store.findReservation({ id: one.id }), one)
    assert.deepEqual(await store.findReservation({ id: one.id, ownerId: one.ownerId }), one)
    assert.equal(await store.findReservation({ id: one.id, ownerId: idOf(99) }), null)
    assert.deepEqual(await store.findReservation({ keyId: ROOT_KEY, requestId: 'r' }), one)
    assert.deepEqual(await store.findReservation({ keyId: idOf(10), requestId: 'r' }), after(two, end))
    assert.equal(await store.findReservation({ keyId: ROOT_KEY, requestId: 'R' }), null)
    assert.equal(await store.findReservation({ id: idOf(102) }), null)
    for (const state of ['released', 'expired'] as const) {
      const next = reservationNumber(ROOT_KEY, state === 'released' ? 103 : 104)
      const finish = ended(next, state)
      await store.commitLedger([held(next), finish])
      assert.deepEqual(await store.findReservation({ id: next.id }), after(next, finish))
    }
  })

  it('listReservations > lists the newest first, ties by id, page by page', async (store) => {
    const all = await manyReservations(store)
    const query = { at: NOON, limit: 7 }
    const seen: Reservation[] = []
    let page = await store.listReservations(query)
    let inserted = 900
    for (;;) {
      assert.ok(page.rows.length <= 7)
      seen.push(...page.rows)
      if (page.next === null) break
      // Newer than all others, so it lies before every further page.
      await store.commitLedger([held(reservationNumber(ROOT_KEY, inserted, { heldAt: NOON + inserted }))])
      inserted += 1
      page = await store.listReservations({ ...query, after: page.next })
    }
    assert.deepEqual(seen, newestFirst(all))
  })

  it('listReservations > filters by key, owner and state; open excludes overdue ones, expired includes them', async (store) => {
    const all = await manyReservations(store)
    const at = NOON + 50
    const isOpen = (each: Reservation) => each.state === 'open' && each.expiresAt > at
    const isExpired = (each: Reservation) =>
      each.state === 'expired' || (each.state === 'open' && each.expiresAt <= at)
    const states: [ReservationQuery['state'], (each: Reservation) => boolean][] = [
      [undefined, () => true],
      ['open', isOpen],
      ['expired', isExpired],
      ['settled', (each) => each.state === 'settled'],
      ['released', (each) => each.state === 'released'],
    ]
    for (const [state, inState] of states) {
      for (const place of [
        {},
        { keyId: ROOT_KEY },
        { ownerId: ROOT_USER },
        { keyId: idOf<KeyId>(11), ownerId: idOf(5) },
      ]) {
        const query = {
          at,
          limit: 3,
          ...(state === undefined ? {} : { state }),
          ...place,
        } as ReservationQuery
        const { keyId, ownerId } = query
        const wanted = all.filter(
          (each) =>
            inState(each) &&
            (keyId === undefined || each.keyId === keyId) &&
            (ownerId === undefined || each.ownerId === ownerId),
        )
        assert.deepEqual(await walk(store, query), newestFirst(wanted))
      }
    }
    assert.ok(all.filter(isOpen).length > 3 && all.filter(isExpired).length > 3)
    await rejectsWith(
      'input_invalid',
      store.listReservations({ at, limit: 3, after: { value: 'x', id: 'y' } }),
    )
  })

  it('countOpen > counts those that are open and not expired at the instant, up to the bound', async (store) => {
    await seed(store)
    const times = [NOON + 5, NOON + 1, NOON, NOON - 5]
    const holds = times.map((expiresAt, n) => reservationNumber(ROOT_KEY, 100 + n, { expiresAt }))
    await store.commitLedger(holds.map(held))
    assert.equal(await store.countOpen(NOON, 10), 2)
    assert.equal(await store.countOpen(NOON - 6, 10), 4)
    assert.equal(await store.countOpen(NOON - 6, 3), 3)
    const [first] = holds
    if (first !== undefined) await store.commitLedger([ended(first, 'released')])
    assert.equal(await store.countOpen(NOON, 10), 1)
  })
}

/** Holds of the root key, and of a key of another owner in another workspace. */
async function fourHolds(store: Store): Promise<[Reservation, Reservation, Reservation, Reservation]> {
  await seed(store)
  const place = { ownerId: (await addUser(store, 5)).id, workspaceId: (await addWorkspace(store, 6)).id }
  await addKey(store, 10, place)
  const own = [100, 101, 102].map((n) => reservationNumber(ROOT_KEY, n, { amount: BigInt(n) }))
  const [one, two, three] = own
  assert.ok(one && two && three)
  return [one, two, three, reservationNumber(idOf(10), 103, place)]
}

/** Sixty reservations of three keys in all states, many of which share their time. */
async function manyReservations(store: Store): Promise<Reservation[]> {
  await seed(store)
  await addKey(store, 10)
  const owner = await addUser(store, 5)
  await addKey(store, 11, { ownerId: owner.id })
  const all: Reservation[] = []
  for (let n = 0; n < 60; n++) {
    const keyId = [ROOT_KEY, idOf<KeyId>(10), idOf<KeyId>(11)][n % 3] ?? ROOT_KEY
    const ownerId = keyId === idOf(11) ? owner.id : ROOT_USER
    // The ids are not in the order of time.
    const id = 200 + ((n * 17) % 60)
    const open = reservationNumber(keyId, id, {
      ownerId,
      heldAt: NOON + (n % 7),
      expiresAt: n % 2 === 0 ? NOON + 50 : NOON + 51,
      requestId: n % 4 === 0 ? `r${n}` : null,
    })
    await store.commitLedger([held(open)])
    const state = (['open', 'settled', 'open', 'released', 'expired'] as const)[n % 5] ?? 'open'
    if (state === 'open') {
      all.push(open)
      continue
    }
    const end = ended(open, state)
    await store.commitLedger([end])
    all.push(after(open, end))
  }
  return all
}

async function walk(store: Store, query: ReservationQuery): Promise<Reservation[]> {
  const rows: Reservation[] = []
  let page = await store.listReservations(query)
  for (;;) {
    rows.push(...page.rows)
    if (page.next === null) return rows
    page = await store.listReservations({ ...query, after: page.next })
  }
}

function newestFirst(all: readonly Reservation[]): Reservation[] {
  return all.toSorted((one, other) => other.heldAt - one.heldAt || (one.id < other.id ? 1 : -1))
}

function byId(holds: readonly Hold[]): Hold[] {
  return holds.toSorted((one, other) => (one.id < other.id ? -1 : 1))
}

/** Counts the turns of the event loop until the returned function is called, which returns their number. */
function countTurns(): () => number {
  let turns = 0
  let isAsked = false
  const next = () => {
    if (isAsked) return
    turns += 1
    setImmediate(next)
  }
  setImmediate(next)
  return () => {
    isAsked = true
    return turns
  }
}
