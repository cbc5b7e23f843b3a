import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import { type Caller, createTurns } from './turns.ts'

const caller = (userId: string, keyId = 'k'): Caller => ({ userId, keyId })

describe('turns', () => {
  test('the work of one key keeps its order', () => {
    const turns = createTurns<number>()
    for (let n = 0; n < 50; n += 1) turns.add(caller('a'), n, 3)
    const taken: number[] = []
    while (turns.count() > 0) taken.push(...turns.take(20))
    expect(taken).toEqual(Array.from({ length: 50 }, (_, n) => n))
  })

  test('a caller with little work is served in the very next batch, however much another has waiting', () => {
    const turns = createTurns<string>()
    for (let n = 0; n < 10_000; n += 1) turns.add(caller('hostile', `key${n % 100}`), 'hostile', 5)
    turns.take(30)
    turns.add(caller('honest'), 'honest', 1)
    expect(turns.take(30)).toContain('honest')
  })

  test('a user with little to do is served at once, each time, however many have much', () => {
    const turns = createTurns<string>()
    for (let n = 0; n < 100; n += 1)
      for (let m = 0; m < 50; m += 1) turns.add(caller(`hostile${n}`), 'hostile', 5)
    for (let round = 0; round < 100; round += 1) {
      turns.add(caller('honest'), 'honest', 1)
      expect(turns.users()).toBe(101)
      expect(turns.take(200)[0]).toBe('honest')
      expect(turns.users()).toBe(100)
    }
  })

  test('and cannot always be first by ending early', () => {
    const turns = createTurns<string>()
    for (let n = 0; n < 1_000; n += 1) turns.add(caller('patient'), 'patient', 10)
    const taken: string[] = []
    for (let n = 0; n < 200; n += 1) {
      turns.add(caller('sly'), 'sly', 10)
      taken.push(...turns.take(10))
    }
    expect(taken.filter((name) => name === 'sly').length).toBeLessThan(110)
  })

  test('a user with a thousand keys gets no more than a user with one', () => {
    const turns = createTurns<string>()
    for (let n = 0; n < 10_000; n += 1) turns.add(caller('many', `key${n % 1_000}`), 'many', 1)
    for (let n = 0; n < 10_000; n += 1) turns.add(caller('one'), 'one', 1)
    const taken = Array.from({ length: 40 }, () => turns.take(100)).flat()
    const share = taken.filter((name) => name === 'one').length / taken.length
    expect(share).toBeCloseTo(0.5, 1)
  })

  test('items count by their weight', () => {
    const turns = createTurns<string>()
    for (let n = 0; n < 1_000; n += 1) turns.add(caller('heavy'), 'heavy', 50)
    for (let n = 0; n < 10_000; n += 1) turns.add(caller('light'), 'light', 1)
    const taken = Array.from({ length: 100 }, () => turns.take(100)).flat()
    const light = taken.filter((name) => name === 'light').length
    const heavy = (taken.length - light) * 50
    expect(light / (light + heavy)).toBeCloseTo(0.5, 1)
  })

  test('an item costs the same, however many wait', () => {
    const turns = createTurns<number>()
    const before = process.cpuUsage()
    for (let n = 0; n < 50_000; n += 1) turns.add(caller('one'), n, 1)
    for (let n = 0; n < 50_000; n += 1) turns.add(caller('many', `key${n}`), n, 1)
    while (turns.count() > 0) turns.take(100)
    const { user, system } = process.cpuUsage(before)
    // Passing the items that were taken before takes some five microseconds each time.
    expect((user + system) / 1_000).toBeLessThan(250)
  })

  test('who is passed over keeps its items, their order and its place', () => {
    const turns = createTurns<string>()
    for (const name of ['a', 'b', 'c']) turns.add({ userId: 'bulk', keyId: 'k' }, name, 10)
    turns.add({ userId: 'other', keyId: 'k' }, 'x', 10)
    turns.add(null, 'own', 10)
    const isBulk = (userId: string) => userId === 'bulk'
    expect(turns.take(100, isBulk).toSorted()).toEqual(['own', 'x'])
    expect(turns.take(100, isBulk)).toEqual([])
    expect([turns.count(), turns.users()]).toEqual([3, 1])
    turns.add({ userId: 'other', keyId: 'k' }, 'y', 10)
    // What others got meanwhile was their share.
    expect(turns.take(10)).toEqual(['a'])
    expect(turns.take(100).toSorted()).toEqual(['b', 'c', 'y'])
  })

  test('in any history every item is taken once, and a batch exceeds its bound by one item at most', () => {
    const step = fc.oneof(
      fc.record({
        userId: fc.constantFrom('a', 'b', 'c', ''),
        keyId: fc.constantFrom('k', 'l'),
        weight: fc.integer({ min: 1, max: 30 }),
      }),
      fc.record({ take: fc.integer({ min: 1, max: 60 }) }),
    )
    fc.assert(
      fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
        const turns = createTurns<{ n: number; weight: number }>()
        const waiting = new Set<number>()
        const isOfServer = (n: number) => {
          const given = steps[n]
          return given !== undefined && 'userId' in given && given.userId === ''
        }
        const taken = (weightMax: number) => {
          const items = turns.take(weightMax)
          expect(items.length > 0).toBe(waiting.size > 0)
          const weight = items.reduce((sum, item) => sum + item.weight, 0)
          expect(weight - (items.at(-1)?.weight ?? 0)).toBeLessThan(weightMax)
          for (const { n } of items) expect(waiting.delete(n)).toBe(true)
        }
        for (const [n, given] of steps.entries()) {
          if ('take' in given) taken(given.take)
          else {
            const { userId, keyId, weight } = given
            waiting.add(n)
            turns.add(userId === '' ? null : { userId, keyId }, { n, weight }, weight)
          }
          expect(turns.count()).toBe(waiting.size)
          expect(turns.users() === 0).toBe([...waiting].every((each) => isOfServer(each)))
        }
        while (waiting.size > 0) taken(25)
      }),
    )
  })
})
