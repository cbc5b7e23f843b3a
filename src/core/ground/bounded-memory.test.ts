import { expect, test } from 'bun:test'
import fc from 'fast-check'
import { createBoundedMemory } from './bounded-memory.ts'

function ofThree() {
  const gone: string[] = []
  const memory = createBoundedMemory<string, string>({
    isTooMuch: (count) => count > 3,
    gone: (value) => gone.push(value),
  })
  return { memory, gone }
}

test('the oldest entry is evicted first, unless it was requested meanwhile', () => {
  const { memory, gone } = ofThree()
  for (const name of ['a', 'b', 'c']) memory.set(name, name)
  expect(memory.get('a')).toBe('a')
  memory.peek('b')
  memory.set('d', 'd')
  expect(gone).toEqual(['b'])
  expect(memory.peek('a')).toBe('a')
})

test('an entry that is requested all the time stays, however many are added', () => {
  const { memory } = ofThree()
  memory.set('wanted', 'wanted')
  for (let n = 0; n < 1_000; n += 1) {
    expect(memory.get('wanted')).toBe('wanted')
    memory.set(`other ${n}`, 'x')
  }
})

test('a value that exceeds the bound by itself is not kept', () => {
  const memory = createBoundedMemory<string, string>({ isTooMuch: () => true })
  memory.set('a', 'a')
  expect([memory.count(), memory.get('a')]).toEqual([0, undefined])
})

test('an eviction visits few entries, also when all were requested', () => {
  const memory = createBoundedMemory<number, number>({ isTooMuch: (count) => count > 100_000 })
  for (let n = 0; n < 100_000; n += 1) memory.set(n, n)
  for (let n = 0; n < 100_000; n += 1) memory.get(n)
  const began = performance.now()
  for (let n = 0; n < 100; n += 1) memory.set(-1 - n, n)
  // Looking at all of them takes more than ten milliseconds each time.
  expect(performance.now() - began).toBeLessThan(500)
  expect(memory.count()).toBe(100_000)
})

test('an eviction costs the same, however many there were before it', () => {
  const memory = createBoundedMemory<number, number>({ isTooMuch: (count) => count > 100_000 })
  for (let n = 0; n < 100_000; n += 1) memory.set(n, n)
  const before = process.cpuUsage()
  for (let n = 0; n < 50_000; n += 1) memory.set(-1 - n, n)
  const { user, system } = process.cpuUsage(before)
  // Passing the deleted ones takes more than ten microseconds each time.
  expect((user + system) / 1_000).toBeLessThan(300)
  expect(memory.peek(50_000)).toBe(50_000)
  expect(memory.peek(49_999)).toBeUndefined()
})

test('in any history the bound holds, each value leaves once, and the last value of a name counts', () => {
  const act = fc.record({
    kind: fc.constantFrom('set', 'get', 'delete'),
    name: fc.constantFrom('a', 'b', 'c', 'd', 'e'),
  })
  fc.assert(
    fc.property(fc.array(act, { maxLength: 100 }), (acts) => {
      const live = new Map<number, string>()
      const last = new Map<string, number>()
      const memory = createBoundedMemory<string, number>({
        isTooMuch: (count) => count > 3,
        gone(value, name) {
          expect(live.get(value)).toBe(name)
          live.delete(value)
        },
      })
      for (const [value, { kind, name }] of acts.entries()) {
        if (kind === 'delete') memory.delete(name)
        else if (kind === 'set') {
          live.set(value, name)
          last.set(name, value)
          memory.set(name, value)
        }
        const found = memory.get(name)
        if (found !== undefined) expect(found).toBe(last.get(name) ?? -1)
        if (kind === 'delete') expect(found).toBeUndefined()
        expect(memory.count()).toBe(live.size)
        expect(memory.count()).toBeLessThanOrEqual(3)
      }
    }),
  )
})
