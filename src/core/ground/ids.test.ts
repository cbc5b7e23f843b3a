import { expect, test } from 'bun:test'
import { parse, stringify } from 'uuid'
import { testClock } from '../../../test/support/clock.ts'
import { systemRandom } from './clock.ts'
import { idMaker } from './ids.ts'

test('ids rise strictly, also within one millisecond and when the clock is set back', () => {
  const clock = testClock('2026-11-22T12:00:00Z')
  const newId = idMaker(clock, systemRandom)
  const ids: string[] = []
  for (const step of [0, 1, -3_600_000, 0, 3_600_001]) {
    clock.advance(step)
    for (let n = 0; n < 1_000; n += 1) ids.push(newId())
  }
  expect(new Set(ids).size).toBe(5_000)
  expect(ids.toSorted()).toEqual(ids)
})

test('ids are UUIDs of version 7 that contain their millisecond', () => {
  const clock = testClock('2026-11-22T12:00:00Z')
  const newId = idMaker(clock, systemRandom)
  const ms = clock.now().toString(16).padStart(12, '0')
  for (let n = 0; n < 100; n += 1) {
    const id: string = newId()
    expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
    expect(id.replaceAll('-', '').slice(0, 12)).toBe(ms)
  }
})

test('ids are written as the library writes them, and no random byte is used twice', () => {
  const clock = testClock('2026-11-22T12:00:00Z')
  const drawn = new Set<string>()
  const newId = idMaker(clock, systemRandom)
  for (let n = 0; n < 1_000; n += 1) {
    const id: string = newId()
    expect(stringify(parse(id))).toBe(id)
    drawn.add(id.slice(-10))
  }
  // 40 random bits each: that two of a thousand are alike happens once in two million runs.
  expect(drawn.size).toBe(1_000)
})
