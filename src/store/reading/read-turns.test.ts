import { expect, test } from 'bun:test'
import { MAX } from '../../core/ground/bounds.ts'
import { Fault } from '../../core/ground/faults.ts'
import type { Caller } from '../../core/ground/turns.ts'
import { createReadTurns } from './read-turns.ts'

const caller = (userId: string, keyId = `${userId}-key`): Caller => ({ userId, keyId })

/** Reads that end on demand, and the order in which they began. */
function heldReads() {
  const begun: string[] = []
  const running: (() => void)[] = []
  return {
    begun,
    read: (name: string) => () => {
      begun.push(name)
      return new Promise<string>((resolve) => running.push(() => resolve(name)))
    },
    async endOldest() {
      // Long enough for the reads that have begun and for those that follow: a few turns of promises, without a timer.
      await new Promise((resolve) => setImmediate(resolve))
      running.shift()?.()
      await new Promise((resolve) => setImmediate(resolve))
    },
  }
}

test('a user with many waiting reads does not delay another, whichever keys it uses', async () => {
  const turns = createReadTurns(1)
  const { begun, read, endOldest } = heldReads()
  const all = Array.from({ length: 20 }, (_, n) => turns.inTurn(caller('hog', `key-${n}`), read(`hog ${n}`)))
  all.push(turns.inTurn(caller('honest'), read('honest')))
  await endOldest()
  await endOldest()
  expect(begun.slice(0, 3)).toContain('honest')
  for (let n = 0; n < 20; n += 1) await endOldest()
  expect((await Promise.all(all)).toSorted()).toEqual(begun.toSorted())
})

test('as many run concurrently as the lane permits, and a failed one makes room', async () => {
  const turns = createReadTurns(2)
  const { begun, read, endOldest } = heldReads()
  const failed = turns.inTurn(caller('a'), () => Promise.reject(new Error('no')))
  const rest = ['b', 'c', 'd'].map((name) => turns.inTurn(caller(name), read(name)))
  await expect(failed).rejects.toThrow('no')
  await endOldest()
  expect(begun).toEqual(['b', 'c', 'd'])
  for (let n = 0; n < 3; n += 1) await endOldest()
  expect(await Promise.all(rest)).toEqual(['b', 'c', 'd'])
})

test('one user may have a bounded number waiting; others are not affected', async () => {
  const turns = createReadTurns(1)
  const { read, endOldest } = heldReads()
  const waiting = Array.from({ length: MAX.readsWaiting + 1 }, (_, n) =>
    turns.inTurn(caller('hog'), read(`${n}`)),
  )
  expect(await codeOf(turns.inTurn(caller('hog'), read('one too many')))).toBe('rate_limited')
  const honest = turns.inTurn(caller('honest'), read('honest'))
  for (let n = 0; n < MAX.readsWaiting + 2; n += 1) await endOldest()
  await Promise.all([...waiting, honest])
  const again = turns.inTurn(caller('hog'), read('again'))
  await endOldest()
  expect(await again).toBe('again')
})

test('a read that does not get its turn in time is given up, and does not run later', async () => {
  const turns = createReadTurns(1, 5)
  const { begun, read, endOldest } = heldReads()
  const first = turns.inTurn(caller('a'), read('first'))
  expect(await codeOf(turns.inTurn(caller('b'), read('late')))).toBe('reads_busy')
  await endOldest()
  expect(await first).toBe('first')
  const next = turns.inTurn(caller('b'), read('next'))
  await endOldest()
  await next
  expect(begun).toEqual(['first', 'next'])
})

async function codeOf(call: Promise<unknown>): Promise<string> {
  return call.then(
    () => 'answered',
    (error) => (error instanceof Fault ? error.code : String(error)),
  )
}
