import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import { DEFAULT_WORKSPACE, idOf, NOON, ROOT_KEY, ROOT_USER } from '../../../test/support/records.ts'
import type { Hold, ReservationId } from './entries.ts'
import { createHolds } from './holds.ts'

function hold(n: number, expiresAt: number): Hold {
  const payer = { keyId: ROOT_KEY, ownerId: ROOT_USER, workspaceId: DEFAULT_WORKSPACE }
  return { ...payer, id: idOf<ReservationId>(n), amount: 1n, heldAt: NOON, expiresAt }
}

describe('the holds of an account', () => {
  test('run out in the order of their ends, as a list that is searched would say, whatever is added and ended between', () => {
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
            const taken = holds.takeRunOut(at, countMax)
            const expected = due.map(({ expiresAt }) => expiresAt).sort((one, other) => one - other)
            expect(taken.map(({ expiresAt }) => expiresAt)).toEqual(expected.slice(0, countMax))
            for (const { id } of taken) expect(model.delete(id)).toBe(true)
            ends += taken.length
          }
          expect(holds.count()).toBe(model.size)
        }
      }),
      { numRuns: 300 },
    )
    expect(ends).toBeGreaterThan(500)
  })

  test('what has ended early takes no room for long, and costs no search', () => {
    const holds = createHolds()
    const startedAt = performance.now()
    // A busy key: each hold is settled long before it would run out.
    for (let n = 0; n < 200_000; n += 1) {
      holds.add(hold(n, NOON + 600_000 + n))
      if (n >= 10) holds.remove(idOf<ReservationId>(n - 10))
    }
    expect(holds.count()).toBe(10)
    expect(holds.entries()).toBeLessThan(100)
    // Ends that search the heap, or a heap that is built anew each time, take minutes.
    expect(performance.now() - startedAt).toBeLessThan(10_000)
  })
})
