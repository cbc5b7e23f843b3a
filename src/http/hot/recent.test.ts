import { expect, test } from 'bun:test'
import { createRecent } from './recent.ts'

const BOUNDS = { count: 3, chars: 10, charsOf: (_name: string, text: string) => text.length }

test('keeps a bounded number of values, the latest ones', () => {
  const recent = createRecent<string, string>(BOUNDS)
  const names = Array.from({ length: 100 }, (_, n) => `name ${n}`)
  for (const [n, name] of names.entries()) {
    expect(recent.set(name, `${n}`)).toBe(`${n}`)
    expect(recent.get(name)).toBe(`${n}`)
    expect(names.filter((each) => recent.get(each) !== undefined).length).toBeLessThanOrEqual(3)
  }
})

test('does not keep a value that is too long, and still returns it', () => {
  const recent = createRecent<string, string>(BOUNDS)
  recent.set('short', 'x'.repeat(10))
  expect(recent.set('long', 'x'.repeat(11))).toBe('x'.repeat(11))
  expect(recent.get('long')).toBeUndefined()
  expect(recent.get('short')).toBe('x'.repeat(10))
})
