import { expect, test } from 'bun:test'
import { filterText, text } from './input.ts'

test('a text that is too long or too short is not checked any further', () => {
  const seen: string[] = []
  const schema = text(1, 5).refine((value) => seen.push(value) > 0)
  for (const value of ['', 'x'.repeat(6), 'x'.repeat(100_000)]) {
    const { error } = schema.safeParse(value)
    expect(error?.issues.map(({ code }) => code)).toEqual([value === '' ? 'too_small' : 'too_big'])
  }
  expect(seen).toEqual([])
  expect(schema.safeParse('x').success).toBe(true)
  expect(seen).toEqual(['x'])
})

// Folding puts the marks of a letter in order, in a time that grows with the square of their number: this text took seconds.
test('a filter of many combining marks is refused before it is folded', () => {
  const marks = `a${'\u0315'.repeat(30_000)}${'\u0344'.repeat(30_000)}`
  const began = performance.now()
  expect(
    filterText(255)
      .safeParse(marks)
      .error?.issues.map(({ code }) => code),
  ).toEqual(['too_big'])
  expect(performance.now() - began).toBeLessThan(500)
  expect(filterText(255).safeParse(marks.slice(0, 255)).success).toBe(true)
  for (const blank of ['\u00ad', ' \u200d'])
    expect(filterText(255).safeParse(blank).error?.issues).toMatchObject([{ code: 'custom' }])
})
