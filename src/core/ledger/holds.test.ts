import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import { DEFAULT_WORKSPACE, idOf, NOON, ROOT_KEY, ROOT_USER } from '../../../test/support/records.ts'
import { DAY_MS } from '../ground/clock.ts'
import { LIMIT_WINDOWS, windowStart } from '../money/windows.ts'
import type { Hold, ReservationId } from './entries.ts'
import { createHolds } from './holds.ts'

function hold(n: number, expiresAt: number): Hold {
  const payer = { keyId: ROOT_KEY, ownerId: ROOT_USER, workspaceId: DEFAULT_WORKSPACE }
  const id = idOf<ReservationId>(n)
  return { ...payer, id, amount: 1n, heldAt: NOON, expiresAt, onExpiry: 'release' }
}

describe('the holds of an account', () => {
  test('expire in the same order as in a plain list, whatever is added and ended between', () => {
    let ends = 0
    const step = fc.oneof(
      fc.record({ add: fc.integer({ min: 1, max: 40 }), expiresAt: fc.integer({ min: 0, max: 50 }) }),
      fc.record({ remove: fc.integer({ min: 1, max: 40 }) }),
      fc.record({ at: fc.integer({ min: 0, max: 60 }), countMax: fc.integer({ min: 1, max: 10 }) }),
    )
    fc.assert(
      fc.property(fc.array(step, { maxLength: 400, size: 'max' }), (steps) => {
        const holds = createHolds()
        const model = new Map<ReservationId, Hold>()
        for (const given of steps) {
          if ('add' in given) {
            const added = hold(given.add, given.expiresAt)
            expect(holds.add(added)).toBe(!model.has(added.id))
            if (!model.has(added.id)) model.set(added.id, added)
          } else if ('remove' in given) {
            const id = idOf<ReservationId>(given.remove)
            const expected = model.get(id)
            model.delete(id)
            expect(holds.remove(id)).toEqual(expected)
          } else {
            const { at, countMax } = given
            const due = [...model.values()].filter(({ expiresAt }) => expiresAt <= at)
            expect(holds.hasRunOut(at)).toBe(due.length > 0)
            const taken = holds.runOut(at, countMax)
            const expected = due.map(({ expiresAt }) => expiresAt).sort((one, other) => one - other)
            expect(taken.map(({ expiresAt }) => expiresAt)).toEqual(expected.slice(0, countMax))
            for (const { id } of taken) {
              expect(holds.remove(id)).toEqual(model.get(id))
              expect(model.delete(id)).toBe(true)
            }
            ends += taken.length
          }
          expect(holds.count()).toBe(model.size)
        }
      }),
      { numRuns: 300 },
    )
    expect(ends).toBeGreaterThan(500)
  })

  test('give the same reserved amounts of a window, and times of release, as a plain sum', () => {
    let asked = 0
    const given = fc.record({
      n: fc.nat(3_000),
      amount: fc.bigInt({ min: 1n, max: 9n }),
      heldAt: fc.constantFrom(NOON, NOON - DAY_MS, NOON - 20 * DAY_MS, NOON - 40 * DAY_MS),
      forMs: fc.nat(500),
      ends: fc.boolean(),
    })
    fc.assert(
      fc.property(
        fc.array(given, { minLength: 1, maxLength: 3_000, size: 'max' }),
        fc.bigInt({ min: 1n, max: 8_000n }),
        (all, amount) => {
          const holds = createHolds()
          const model = new Map<ReservationId, Hold>()
          for (const { n, ends, forMs, ...members } of all) {
            const next = { ...hold(n, NOON + forMs), ...members }
            if (holds.add(next)) model.set(next.id, next)
            if (ends) {
              const [id] = model.keys()
              if (id !== undefined && holds.remove(id) !== undefined) model.delete(id)
            }
          }
          for (const window of LIMIT_WINDOWS) {
            const own = [...model.values()].filter(
              ({ heldAt }) => windowStart(window, heldAt) === windowStart(window, NOON),
            )
            const sum = (some: Hold[]) => some.reduce((total, each) => total + each.amount, 0n)
            expect(holds.held(window, NOON)).toBe(sum(own))
            for (const now of [-1, 0, 17, 250, 499, 500].map((ms) => NOON + ms)) {
              const due = own.filter(({ expiresAt, onExpiry }) => expiresAt <= now && onExpiry === 'release')
              expect(holds.ranOut(window, NOON, now)).toBe(sum(due))
              const next = Math.min(
                ...[...model.values()].map((each) => each.expiresAt).filter((at) => at > now),
              )
              expect(holds.runsOutAfter(now)).toBe(next)
            }
            const ends = own.map(({ expiresAt }) => expiresAt).sort((one, other) => one - other)
            const enough = ends.find((at) => sum(own.filter(({ expiresAt }) => expiresAt <= at)) >= amount)
            expect(holds.givenBackAt(window, NOON, amount, NOON)).toBe(enough ?? null)
            asked += 1
          }
        },
      ),
      { numRuns: 60 },
    )
    process.stdout.write(`holds given back: asked ${asked} times\n`)
  })

  test('find the time when half of very many holds are released without visiting each', () => {
    const holds = createHolds()
    for (let n = 0; n < 100_000; n += 1) holds.add(hold(n, NOON + ((n * 7_919) % 100_000)))
    const startedAt = performance.now()
    const asked = 1_000
    for (let n = 0; n < asked; n += 1)
      expect(holds.givenBackAt('daily', NOON, 50_000n, NOON)).toBe(NOON + 49_999)
    // Visiting each of them takes more than a millisecond.
    expect((performance.now() - startedAt) / asked).toBeLessThan(0.5)
  })

  test('a hold that has ended early costs no search', () => {
    const holds = createHolds()
    const startedAt = performance.now()
    // A busy key: each hold is settled long before its expiry.
    for (let n = 0; n < 200_000; n += 1) {
      holds.add(hold(n, NOON + 600_000 + n))
      if (n >= 10) holds.remove(idOf<ReservationId>(n - 10))
    }
    expect(holds.count()).toBe(10)
    // If each end searched all open holds, this would take minutes.
    expect(performance.now() - startedAt).toBeLessThan(10_000)
  })
})
