import { expect, spyOn, test } from 'bun:test'
import { createOneByOne } from './one-by-one.ts'

test('work under one name runs in its order, also after work that failed, and other names do not wait', async () => {
  const inTurn = createOneByOne()
  const done: string[] = []
  const work = (name: string) => async () => {
    await Promise.resolve()
    done.push(name)
    if (name === 'b') throw new Error(name)
    return name
  }
  const [a, b, c, other] = [
    inTurn('one', work('a')),
    inTurn('one', work('b')),
    inTurn('one', work('c')),
    inTurn('two', work('other')),
  ]
  expect(await Promise.allSettled([a, b, c, other])).toMatchObject([
    { value: 'a' },
    { status: 'rejected' },
    { value: 'c' },
    { value: 'other' },
  ])
  expect(done).toEqual(['a', 'other', 'b', 'c'])
  expect(await inTurn('one', work('d'))).toBe('d')
})

test('the end of one wakes only the next, however many wait', async () => {
  const { promise, resolve } = Promise.withResolvers<void>()
  const waits = spyOn(promise, 'then')
  const inTurn = createOneByOne()
  const first = inTurn('one', () => promise)
  const others = Array.from({ length: 1_000 }, () => inTurn('one', async () => {}))
  resolve()
  await Promise.all([first, ...others])
  expect(waits.mock.calls.length).toBeLessThan(10)
})
