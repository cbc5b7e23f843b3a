import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import { boundedMembers } from './audit-bounds.ts'

const texts = (count: number, chars: number, from = 0) =>
  Array.from({ length: count }, (_, n) => `${from + n}-`.padEnd(chars, 'x'))

describe('the audit entry of a change', () => {
  test('an ordinary change is kept unchanged', () => {
    const change = {
      before: { name: 'a', permissions: texts(10, 40), limits: { daily: '1' }, expiresAt: null },
      after: { name: 'b', permissions: texts(11, 40), limits: {}, expiresAt: 7 },
    }
    expect(boundedMembers(change)).toEqual(change)
  })

  test('of large lists and maps the differences are kept', () => {
    const labels = Object.fromEntries(texts(20, 250).map((name) => [name, 'same']))
    const { before, after } = boundedMembers({
      before: { permissions: texts(100, 120), labels: { ...labels, gone: '1', other: '2' } },
      after: { permissions: [...texts(99, 120), 'new.permission'], labels: { ...labels, other: '3' } },
    })
    expect(before).toEqual({ permissions: texts(1, 120, 99), labels: { gone: '1', other: '2' } })
    expect(after).toEqual({ permissions: ['new.permission'], labels: { other: '3' } })
  })

  test('a part that is still too large is cut, and says how much is missing', () => {
    const { before, after } = boundedMembers({
      before: null,
      after: { permissions: texts(100, 120), policy: { permissions: texts(100, 120), keyLifetimeMs: 5 } },
    })
    expect(before).toBeNull()
    const permissions = after?.permissions as string[]
    expect(permissions.slice(0, -1)).toEqual(texts(permissions.length - 1, 120))
    expect(permissions.at(-1)).toBe(`… and ${101 - permissions.length} more`)
    expect(after?.policy).toMatchObject({ keyLifetimeMs: 5 })
    expect(JSON.stringify(after).length).toBeLessThan(6_000)
  })

  test('no member is ever larger than its bound by more than the note', () => {
    const value = fc.letrec((tie) => ({
      any: fc.oneof(
        { maxDepth: 3 },
        fc.string({ maxLength: 3_000, size: 'max' }),
        fc.integer(),
        fc.constant(null),
        fc.array(tie('any'), { maxLength: 60 }),
        fc.dictionary(fc.string({ maxLength: 200, size: 'max' }), tie('any'), { maxKeys: 60 }),
      ),
    })).any
    let large = 0
    fc.assert(
      fc.property(value, value, (one, other) => {
        if (JSON.stringify(one).length > 2_048) large += 1
        for (const members of Object.values(boundedMembers({ before: { one }, after: { one: other } })))
          expect(JSON.stringify(members?.one).length).toBeLessThan(2 * 2_048 + 100)
      }),
      { numRuns: 500 },
    )
    expect(large).toBeGreaterThan(20)
  })
})
