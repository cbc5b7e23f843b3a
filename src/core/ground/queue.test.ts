import { expect, test } from 'bun:test'
import fc from 'fast-check'
import { Queue } from './queue.ts'

test('in any history the queue is like a list from which the first item is taken', () => {
  fc.assert(
    fc.property(fc.array(fc.option(fc.integer()), { maxLength: 300 }), (steps) => {
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
