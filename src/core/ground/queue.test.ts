import { expect, test } from 'bun:test'
import fc from 'fast-check'
import { Queue } from './queue.ts'

test('in any history the queue is like a list from which the first item is taken', () => {
  fc.assert(
    // As many are taken as come, so that the queue is often emptied and its places are often removed.
    fc.property(fc.array(fc.option(fc.integer(), { freq: 2 }), { maxLength: 300 }), (steps) => {
      const queue = new Queue<number>()
      const list: number[] = []
      for (const step of steps) {
        if (step === null) expect(queue.take()).toBe(list.shift())
        else {
          queue.add(step)
          list.push(step)
        }
        expect([queue.size, queue.peek()]).toEqual([list.length, list[0]])
      }
    }),
  )
})
