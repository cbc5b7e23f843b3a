import { describe, expect, test } from 'bun:test'
import { eventOf, ROOT_KEY } from '../../../../test/support/records.ts'
import { CARRY } from './exact-sums.ts'
import { portionsOf } from './sums.ts'

const PORTIONS = 400

describe('portions of events', () => {
  test('contain every event once and in order, and none adds 2^62 or more to a sum', () => {
    let several = 0
    for (let round = 0; round < PORTIONS; round += 1) {
      const events = Array.from({ length: round % 40 }, (_, n) =>
        eventOf(ROOT_KEY, `${n}`, { amount: anyAmount(), byokAmount: anyAmount() }),
      )
      const portions = portionsOf(events)
      expect(portions.flat()).toEqual(events)
      for (const portion of portions) {
        const sum = (name: 'amount' | 'byokAmount') => portion.reduce((all, event) => all + event[name], 0n)
        expect(portion.length).toBeGreaterThan(0)
        expect(sum('amount') < CARRY && sum('byokAmount') < CARRY).toBe(true)
      }
      if (portions.length > 1) several += 1
    }
    console.log(`portions: ${several} of ${PORTIONS} lists needed more than one`)
    expect(several).toBeGreaterThan(PORTIONS / 10)
  })
})

/** Small, or up to the largest amount. */
function anyAmount(): bigint {
  const part = BigInt(Math.floor(Math.random() * 1_000))
  return Math.random() < 0.7 ? part : ((CARRY - 1n) * part) / 999n
}
