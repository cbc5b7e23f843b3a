import { describe, expect, test } from 'bun:test'
import { Fault } from '../../../core/ground/faults.ts'
import { createChangeTurns } from './change-turns.ts'

const hostile = { userId: 'hostile', keyId: 'k' }
const honest = { userId: 'honest', keyId: 'k' }
const turn = () => new Promise<void>((resolve) => setImmediate(resolve))

describe('the turns of changes', () => {
  test('a thousand changes of one user, by as many keys, delay the change of another by one', async () => {
    const turns = createChangeTurns(1)
    const order: string[] = []
    const change = (name: string) => async () => {
      await turn()
      order.push(name)
    }
    const theirs = Array.from({ length: 1_000 }, (_, n) =>
      turns.run({ ...hostile, keyId: `key-${n}` }, `record-${n}`, change('theirs')),
    )
    await turn()
    const before = order.length
    await turns.run(honest, 'ours', change('ours'))
    expect(order.indexOf('ours') - before).toBeLessThanOrEqual(2)
    await Promise.all(theirs)
    expect(order).toHaveLength(1_001)
  })

  test('a record that stays locked takes one place, however many changes wait for it', async () => {
    const turns = createChangeTurns(4)
    const locked = Promise.withResolvers<void>()
    const stuck = Array.from({ length: 40 }, (_, n) =>
      turns.run({ userId: `user-${n % 8}`, keyId: 'k' }, 'locked', () => locked.promise),
    )
    let done = 0
    for (let n = 0; n < 20; n += 1) {
      await turns.run({ userId: `user-${n % 8}`, keyId: 'k' }, `free-${n}`, async () => {
        done += 1
      })
    }
    expect(done).toBe(20)
    locked.resolve()
    await Promise.all(stuck)
  })

  test('one user never has more than half of the places', async () => {
    const turns = createChangeTurns(4)
    const locked = Promise.withResolvers<void>()
    let theirs = 0
    const stuck = Array.from({ length: 20 }, (_, n) =>
      turns.run(hostile, `record-${n}`, () => {
        theirs += 1
        return locked.promise
      }),
    )
    await turns.run(honest, 'ours', async () => {})
    expect(theirs).toBe(2)
    locked.resolve()
    await Promise.all(stuck)
    expect(theirs).toBe(20)
  })

  test('changes of one record never overlap, and a failed one does not stop the others', async () => {
    const turns = createChangeTurns(4)
    let inside = 0
    let most = 0
    const results = await Promise.allSettled(
      Array.from({ length: 60 }, (_, n) =>
        turns.run({ userId: `user-${n % 5}`, keyId: 'k' }, 'one', async () => {
          inside += 1
          most = Math.max(most, inside)
          await turn()
          inside -= 1
          if (n % 3 === 0) throw new Fault('key_not_found')
          return n
        }),
      ),
    )
    expect(most).toBe(1)
    expect(results.filter(({ status }) => status === 'rejected')).toHaveLength(20)
  })

  test('a user may have a thousand waiting changes, and is refused beyond that', async () => {
    const turns = createChangeTurns(1)
    const codes = Array.from({ length: 1_010 }, () =>
      turns.run(hostile, null, turn).then(
        () => 'done',
        (error: Fault) => error.code,
      ),
    )
    await turns.run(honest, null, turn)
    const answers = await Promise.all(codes)
    expect(answers.filter((answer) => answer === 'rate_limited')).toHaveLength(9)
    await turns.run(hostile, null, turn)
  })

  test('when the database is locked, the changes that wait are refused with it, and the next one is tried', async () => {
    const locked = new Error('locked')
    const turns = createChangeTurns(1, (error) => error === locked)
    let tried = 0
    const failing = (error: Error) => async () => {
      tried += 1
      await turn()
      throw error
    }
    const crowd = (error: Error) =>
      Promise.allSettled(
        Array.from({ length: 1_000 }, (_, n) =>
          turns.run({ userId: `user-${n % 3}`, keyId: 'k' }, `record-${n % 7}`, failing(error)),
        ),
      )
    const refused = await crowd(locked)
    expect(new Set(refused.map((result) => result.status === 'rejected' && result.reason))).toEqual(
      new Set([locked]),
    )
    expect(tried).toBe(1)
    await turns.run(hostile, 'record-1', turn)
    // They count no longer as waiting, and any other error concerns its own change alone.
    await crowd(new Error('full'))
    expect(tried).toBe(1_001)
  })
})
