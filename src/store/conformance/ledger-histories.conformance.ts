import assert from 'node:assert/strict'
import { addKey, eventOf, idOf, NOON, seed } from '../../../test/support/records.ts'
import type {
  Extension,
  LedgerEntry,
  LedgerOutcome,
  Reservation,
  ReservationId,
  ReservationState,
} from '../../core/ledger/entries.ts'
import { ADMITS_ALL } from '../../core/ledger/judge.ts'
import { entryEvent } from '../../core/ledger/units.ts'
import type { KeyId } from '../../core/types.ts'
import type { It } from './case.conformance.ts'
import {
  after,
  ended,
  extended,
  held,
  keyAccount,
  numbers,
  type Random,
  ROOT_ACCOUNT,
  reservationNumber,
  settlementOf,
  spendOf,
  used,
  WORKSPACE_ACCOUNT,
  wholeList,
} from './ledger-case.conformance.ts'

const HISTORIES = 15
const COMMITS = 10
const ENTRIES_MAX = 14
const KEYS = [10, 11, 12].map((n) => idOf<KeyId>(n))
/** The amounts of reservations: few, so that an extension or an end often names the stored one. */
const AMOUNTS = [5n, 6n]
const STATES: ReservationState[] = ['open', 'expired', 'settled', 'released']

/** `commitLedger`: entries written together give the same result as entries written one after the other. */
export function ledgerHistoryTests(it: It): void {
  it('commitLedger > any entries in any commits give the result of a simple model of the ledger', async (store) => {
    await seed(store)
    for (const [n] of KEYS.entries()) await addKey(store, 10 + n)
    const counts = { written: 0, duplicate: 0, refused: 0 }
    const model = createModel()
    for (let history = 0; history < HISTORIES; history++) {
      const random = numbers(history + 1)
      for (let commit = 0; commit < COMMITS; commit++) {
        const length = random(ENTRIES_MAX) + 1
        const entries = Array.from({ length }, () => anyEntry(random, history))
        const expected = entries.map(model.write)
        for (const outcome of expected) counts[outcome] += 1
        const probably = { areNew: random(2) === 0 }
        const outcomes = await store.commitLedger(entries, ADMITS_ALL, probably)
        assert.deepEqual(outcomes, expected, `history ${history}, commit ${commit}`)
      }
    }
    const { written, duplicate } = counts
    console.log(
      `commitLedger: ${HISTORIES * COMMITS} commits of ${written} entries written and ${duplicate} duplicates`,
    )
    assert.ok(written > 200 && duplicate > 200)
    const stored = new Map((await wholeList(store)).map((each) => [each.id, each]))
    assert.deepEqual(stored, model.reservations)
    for (const keyId of KEYS) {
      const { amount, requests } = (await spendOf(store, keyAccount(keyId))).total
      assert.deepEqual({ amount, requests }, model.spent.get(keyId))
    }
    const all = [...model.spent.values()].reduce((sum, { amount }) => sum + amount, 0n)
    assert.equal((await spendOf(store, ROOT_ACCOUNT)).monthly.amount, all)
    assert.equal((await spendOf(store, WORKSPACE_ACCOUNT)).daily.amount, all)
  })
}

// Few names, so that entries conflict with those of the same commit and of earlier ones.
function anyEntry(random: Random, history: number): LedgerEntry {
  const keyId = KEYS[random(KEYS.length)] ?? idOf<KeyId>(10)
  const named = 1_000 * (history + 1) + random(8)
  const n = random(1_000_000)
  const amount = AMOUNTS[random(AMOUNTS.length)] ?? 5n
  switch (random(5)) {
    case 0: {
      const id = random(6) === 0 ? `reservation:${idOf(named)}` : `e${named}`
      return used(eventOf(keyId, id, { amount: BigInt(n) }))
    }
    case 1: {
      const requestId = random(2) === 0 ? null : `r${history}-${random(4)}`
      return held(reservationNumber(keyOf(named), named, { amount, requestId }))
    }
    case 2: {
      const reservation = reservationNumber(keyOf(named), named, { amount })
      return extended(reservation, { amount: amount === 5n ? 6n : 5n })
    }
    default: {
      const reservation = reservationNumber(keyOf(named), named, { amount })
      const from = STATES[random(8)] ?? 'open'
      const state = (['settled', 'released', 'expired'] as const)[random(3)] ?? 'settled'
      const settlement = settlementOf({ amount: BigInt(n), late: from === 'expired' })
      return ended(reservation, state, { from, at: NOON + n, settlement })
    }
  }
}

/** A reservation belongs to one key, whichever entry names it. */
function keyOf(named: number): KeyId {
  return KEYS[named % KEYS.length] ?? idOf<KeyId>(10)
}

function createModel() {
  const reservations = new Map<ReservationId, Reservation>()
  const requests = new Set<string>()
  const events = new Set<string>()
  const spent = new Map(KEYS.map((keyId) => [keyId, { amount: 0n, requests: 0 }]))

  function isWritten(entry: LedgerEntry): boolean {
    if (entry.kind === 'hold') return holds(entry.reservation)
    if (entry.kind === 'extension') return isExtended(entry.extension)
    if (entry.kind === 'resolution') {
      const { id, from, fromAmount } = entry.resolution
      const current = reservations.get(id)
      if (current?.state !== from || current.amount !== fromAmount) return false
      reservations.set(current.id, after(current, entry))
    }
    const event = entryEvent(entry)
    if (event === undefined) return true
    const name = `${event.keyId} ${event.id}`
    if (events.has(name)) return entry.kind === 'resolution'
    events.add(name)
    const sums = spent.get(event.keyId)
    assert.ok(sums)
    sums.amount += event.amount
    sums.requests += event.requests
    return true
  }

  function holds(reservation: Reservation): boolean {
    const name = `${reservation.keyId} ${reservation.requestId}`
    const taken = reservation.requestId !== null && requests.has(name)
    if (taken || reservations.has(reservation.id)) return false
    requests.add(name)
    reservations.set(reservation.id, reservation)
    return true
  }

  function isExtended({ id, from, amount }: Extension): boolean {
    const current = reservations.get(id)
    if (current?.state !== 'open' || current.amount !== from.amount) return false
    reservations.set(id, { ...current, amount })
    return true
  }

  const write = (entry: LedgerEntry): LedgerOutcome => (isWritten(entry) ? 'written' : 'duplicate')
  return { reservations, spent, write }
}
