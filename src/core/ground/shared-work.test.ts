import { expect, test } from 'bun:test'
import { createSharedWork } from './shared-work.ts'

/** Work whose ends, and those of its rests, the test decides. */
function scene() {
  const begun: PromiseWithResolvers<number>[] = []
  const rests: PromiseWithResolvers<void>[] = []
  const ask = createSharedWork(
    () => {
      const work = Promise.withResolvers<number>()
      begun.push(work)
      return work.promise
    },
    () => {
      const rest = Promise.withResolvers<void>()
      rests.push(rest)
      return rest.promise
    },
  )
  return { begun, rests, ask }
}

const turn = () => new Promise((resolve) => setImmediate(resolve))

test('all who ask before work begins share its result, and those who ask later share the next', async () => {
  const { begun, rests, ask } = scene()
  const first = [ask(), ask(), ask()]
  await turn()
  const later = [ask(), ask()]
  await turn()
  expect(begun).toHaveLength(1)
  begun[0]?.resolve(1)
  expect(await Promise.all(first)).toEqual([1, 1, 1])
  await turn()
  expect(begun).toHaveLength(1)
  rests[0]?.resolve()
  await turn()
  expect(begun).toHaveLength(2)
  begun[1]?.resolve(2)
  expect(await Promise.all(later)).toEqual([2, 2])
})

test('work that fails fails for those who share it, and not for the next', async () => {
  const { begun, rests, ask } = scene()
  const failed = [ask(), ask()].map((each) => each.catch(String))
  await turn()
  const next = ask()
  begun[0]?.reject('no luck')
  expect(await Promise.all(failed)).toEqual(['no luck', 'no luck'])
  rests[0]?.resolve()
  await turn()
  begun[1]?.resolve(2)
  expect(await next).toBe(2)
})
