import { describe, expect, test } from 'bun:test'
import { ledgerRig } from '../../../test/support/ledger-rig.ts'
import { addKey, addUser, eventOf, NOON } from '../../../test/support/records.ts'
import { ended, held, reservationNumber, used } from '../../store/conformance/ledger-case.conformance.ts'
import { MAX } from '../ground/bounds.ts'
import { Fault } from '../ground/faults.ts'
import type { Key, User } from '../types.ts'
import type { Chain, Demand } from './demand.ts'
import type { HoldBounds } from './hold-bounds.ts'

/** The keys of one user, and a ledger with bounds. */
async function keysOfUser(count: number, bounds: Partial<HoldBounds>) {
  const made = await ledgerRig(bounds)
  const user = await addUser(made.store, 5)
  const keys: Key[] = []
  for (let n = 0; n < count; n += 1)
    keys.push(await addKey(made.store, 10 + n, { ownerId: user.id, limits: {} }))
  const { ledger } = made

  const load = (key: Key, owner: User = user) => ledger.load(chainOf(key, owner), { isForHold: true })

  /** The most attempts that a demand has needed. */
  let most = 0
  /** Demands something until it is decided: `taken`, `no_room`, or the message of a fault. */
  async function demand(key: Key, asked: Omit<Demand, 'caller'>, owner: User = user): Promise<string> {
    const caller = { userId: 'caller', keyId: 'caller' }
    for (let attempt = 1; attempt <= ATTEMPTS; attempt += 1) {
      try {
        const made = await ledger.admit(chainOf(key, owner), { ...asked, caller })
        most = Math.max(most, attempt)
        if (made === null) await load(key, owner)
        else if (made.outcome !== 'again') return made.outcome
      } catch (error) {
        if (error instanceof Fault && error.code === 'too_many_holds') return error.message
        throw error
      }
    }
    return 'never decided'
  }

  const holdOf = (key: Key, n: number, ttlMs = 3_600_000) =>
    reservationNumber(key.id, n, {
      amount: 1n,
      ownerId: key.ownerId,
      heldAt: NOON,
      expiresAt: NOON + ttlMs,
    })
  const reserve = (key: Key, n: number, ttlMs?: number) =>
    demand(key, { amount: 1n, entry: held(holdOf(key, n, ttlMs)) })
  return { ...made, user, keys, load, demand, holdOf, reserve, attempts: () => most }
}

const ATTEMPTS = 5

function chainOf(key: Key, owner: User): Chain {
  return [
    { account: { kind: 'key', id: key.id }, allowance: key },
    { account: { kind: 'user', id: owner.id }, allowance: owner },
  ]
}

const countOf = (outcomes: readonly string[], wanted: string) =>
  outcomes.filter((outcome) => outcome === wanted).length
const OF_USER = expect.stringContaining('The owner of the key has the maximum number of open reservations')
const OF_KEY = expect.stringContaining('The key has the maximum number of open reservations')

describe('the open holds of all keys of a user', () => {
  test('are at most as many as the bound, however many are demanded at once, and the refusal names the bound', async () => {
    const { keys, reserve } = await keysOfUser(4, { holdsPerUser: 10, holdsPerKey: 5 })
    const [first, second, third, last] = keys as [Key, Key, Key, Key]
    expect(await Promise.all([1, 2, 3, 4, 5].map((n) => reserve(first, n)))).toEqual(Array(5).fill('written'))
    expect(await reserve(first, 6)).toEqual(OF_KEY)
    const rest = [...keys.slice(1), ...keys.slice(1), ...keys.slice(1)].map((key, n) => reserve(key, 10 + n))
    const outcomes = await Promise.all(rest)
    expect(countOf(outcomes, 'written')).toBe(5)
    for (const refusal of outcomes.filter((outcome) => outcome !== 'written'))
      expect(refusal).toEqual(OF_USER)
    for (const key of [second, third, last]) expect(await reserve(key, 30)).toEqual(OF_USER)
    // When both are at their maximum, the key's is named: a settlement of this key makes a place in both.
    expect(await reserve(first, 31)).toEqual(OF_KEY)
  })

  test('bound neither charges, nor extensions, nor other users, and an end makes a place', async () => {
    const { store, ledger, keys, load, demand, holdOf, reserve } = await keysOfUser(2, { holdsPerUser: 2 })
    const [one, two] = keys as [Key, Key]
    expect([await reserve(one, 1), await reserve(two, 2), await reserve(two, 3)]).toEqual([
      'written',
      'written',
      OF_USER,
    ])
    const charge = used(eventOf(one.id, 'charge', { ownerId: one.ownerId, amount: 1n }))
    expect(await demand(one, { amount: 1n, entry: charge })).toBe('written')
    const { amount, expiresAt, ...hold } = holdOf(one, 1)
    const extension = { ...hold, amount: 2n, expiresAt: expiresAt + 1, from: { amount, expiresAt } }
    expect(await demand(one, { amount: 1n, windowsAt: NOON, entry: { kind: 'extension', extension } })).toBe(
      'written',
    )
    const stranger = await addUser(store, 6)
    const other = await addKey(store, 30, { ownerId: stranger.id, limits: {} })
    await load(other, stranger)
    expect(await demand(other, { amount: 1n, entry: held(holdOf(other, 9)) }, stranger)).toBe('written')
    await ledger.record([ended(holdOf(two, 2), 'released')], null)
    expect([await reserve(one, 4), await reserve(two, 5)]).toEqual(['written', OF_USER])
  })

  test('of a commit that fails do not count', async () => {
    const { rig, keys, reserve } = await keysOfUser(2, { holdsPerUser: 3 })
    const [one, two] = keys as [Key, Key]
    expect(await reserve(one, 1)).toBe('written')
    rig.onDecided = () => {
      throw new Fault('store_unavailable')
    }
    const failed = await Promise.allSettled([reserve(one, 2), reserve(two, 3), reserve(two, 4)])
    expect(failed.map(({ status }) => status)).toEqual(['rejected', 'rejected', 'rejected'])
    rig.onDecided = () => {}
    expect(await Promise.all([2, 3, 4].map((n) => reserve(two, n)))).toEqual(['written', 'written', OF_USER])
  })

  test('that have run out make places for all who wait, within a few attempts, and only as many are ended', async () => {
    const count = 20 * MAX.holdsEndedAtOnce
    const { clock, commits, keys, reserve, attempts } = await keysOfUser(2, { holdsPerUser: count })
    const [one, two] = keys as [Key, Key]
    const before = await Promise.all(
      Array.from({ length: count }, (_, n) => reserve(n % 2 === 0 ? one : two, n + 1, 60_000)),
    )
    expect(countOf(before, 'written')).toBe(count)
    expect(await reserve(one, count + 1)).toEqual(OF_USER)
    clock.advance(60_000)
    const wanted = 15 * MAX.holdsEndedAtOnce
    const again = await Promise.all(
      Array.from({ length: wanted }, (_, n) => reserve(two, count + 2 + n, 7_200_000)),
    )
    expect(countOf(again, 'written')).toBe(wanted)
    const ends = commits.flat().filter(({ kind }) => kind === 'resolution').length
    console.log(`${wanted} holds got a place in at most ${attempts()} attempts each, ${ends} were ended`)
    expect(ends).toBeGreaterThanOrEqual(wanted)
    expect(ends).toBeLessThanOrEqual(wanted + MAX.holdsEndedAtOnce)
  })

  test('need the account of the user, which neither a charge nor a verify reads', async () => {
    const { ledger, keys, user, reads, demand, reserve } = await keysOfUser(1, { holdsPerUser: 3 })
    const [key] = keys as [Key]
    await ledger.load(chainOf(key, user))
    const charge = used(eventOf(key.id, 'charge', { ownerId: user.id, amount: 1n }))
    expect(await demand(key, { amount: 1n, entry: charge })).toBe('written')
    expect(ledger.budget(chainOf(key, user))).toEqual([])
    expect(reads()).toBe(1)
    for (const n of [1, 2, 3]) expect(await reserve(key, n)).toBe('written')
    expect(reads()).toBe(2)
  })
})
