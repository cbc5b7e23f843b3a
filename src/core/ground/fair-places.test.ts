import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import { createFairPlaces, type HeldPlace } from './fair-places.ts'

interface Taken {
  userId: string
  keyId: string
  place: HeldPlace
}

/** Places of which the test knows who has them. */
function rig(all: number, perUser: number) {
  const places = createFairPlaces({ all, perUser })
  const taken: Taken[] = []
  const standing = () => taken.filter(({ place }) => !place.isLost())
  return {
    take(userId: string, keyId = `${userId}1`): boolean {
      const place = places.take({ userId, keyId })
      if (place !== null) taken.push({ userId, keyId, place })
      return place !== null
    },
    leave(n: number): void {
      const [one] = standing().splice(n, 1)
      one?.place.release()
      if (one !== undefined) taken.splice(taken.indexOf(one), 1)
    },
    standing,
    of: (name: string) => standing().filter(({ userId, keyId }) => userId === name || keyId === name).length,
    taken,
  }
}

describe('fair places', () => {
  test('a user with fewer gets one from the user with the most, who loses the newest', () => {
    const places = rig(8, 4)
    for (const user of ['a', 'b']) for (let n = 0; n < 4; n += 1) expect(places.take(user)).toBe(true)
    expect(places.take('c')).toBe(true)
    expect([places.of('a'), places.of('b'), places.of('c')]).toEqual([3, 4, 1])
    expect(places.taken.map(({ place }) => place.isLost()).indexOf(true)).toBe(3)
    // One after the other, until nobody has more than one more.
    expect([places.take('c'), places.take('c'), places.take('a'), places.take('b')]).toEqual([
      true,
      false,
      false,
      false,
    ])
    expect([places.of('a'), places.of('b'), places.of('c')]).toEqual([3, 3, 2])
  })

  test('the keys of a user share its places in the same way', () => {
    const places = rig(100, 4)
    for (let n = 0; n < 4; n += 1) places.take('a', 'a1')
    expect(places.take('a', 'a1')).toBe(false)
    expect([places.take('a', 'a2'), places.take('a', 'a2'), places.take('a', 'a2')]).toEqual([
      true,
      true,
      false,
    ])
    expect([places.of('a1'), places.of('a2')]).toEqual([2, 2])
  })

  test('a place that was given back is free once, and one that was lost is not given back again', () => {
    const places = rig(2, 2)
    places.take('a')
    places.take('a')
    places.take('b')
    const lost = places.taken.find(({ place }) => place.isLost())
    lost?.place.release()
    expect(places.take('c')).toBe(false)
    places.taken[0]?.place.release()
    expect([places.take('c'), places.take('c')]).toEqual([true, false])
  })

  test('whatever others do, a user whose places are fewer by two than those of another gets one', () => {
    let takes = 0
    let refused = 0
    const act = fc.oneof(
      {
        weight: 4,
        arbitrary: fc.record({ user: fc.constantFrom('a', 'b', 'c', 'd'), key: fc.constantFrom('1', '2') }),
      },
      { weight: 1, arbitrary: fc.record({ leaves: fc.nat(11) }) },
    )
    fc.assert(
      fc.property(fc.array(act, { minLength: 40, maxLength: 80 }), (acts) => {
        const places = rig(12, 5)
        for (const each of acts) {
          if ('leaves' in each) {
            places.leave(each.leaves)
            continue
          }
          const counts = ['a', 'b', 'c', 'd'].map(places.of)
          const own = places.of(each.user)
          const name = each.user + each.key
          const ownKey = places.of(name)
          const otherKey = own - ownKey
          const isFull = own >= 5 ? otherKey <= ownKey + 1 : places.standing().length >= 12
          const isRefused = isFull && (own >= 5 || Math.max(...counts) <= own + 1)
          expect([each, places.take(each.user, name)]).toEqual([each, !isRefused])
          takes += 1
          if (isRefused) refused += 1
          expect(places.standing().length).toBeLessThanOrEqual(12)
          expect(places.of(each.user)).toBeLessThanOrEqual(5)
        }
      }),
      { numRuns: 500 },
    )
    console.log(`fair places: ${takes} takes, ${refused} refused`)
    expect(refused).toBeGreaterThan(100)
  })
})
