import { expect, test } from 'bun:test'
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
  let waiting = 0
  class Counted<T> extends Promise<T> {
    // biome-ignore lint/suspicious/noThenProperty: the test counts those that wait for a promise.
    override then(...reactions: Parameters<Promise<T>['then']>): never {
      waiting += 1
      return super.then(...reactions) as never
    }
    static override get [Symbol.species]() {
      return Promise
    }
  }
  const inTurn = createOneByOne()
  let end = () => {}
  const first = inTurn(
    'one',
    () =>
      new Counted<void>((resolve) => {
        end = resolve
      }),
  )
  const others = Array.from({ length: 1_000 }, () => inTurn('one', async () => {}))
  end()
  await Promise.all([first, ...others])
  expect(waiting).toBeLessThan(10)
})
