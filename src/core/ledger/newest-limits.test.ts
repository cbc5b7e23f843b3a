import { expect, test } from 'bun:test'
import { MAX } from '../ground/bounds.ts'
import type { KeyId } from '../types.ts'
import { createNewestLimits } from './newest-limits.ts'

const accountOf = (id: string) => ({ kind: 'key' as const, id: id as KeyId })
const allowedOf = (id: string, revision: number) => ({
  account: accountOf(id),
  allowance: { limits: { total: BigInt(revision) }, includeByokInLimit: false },
  revision,
})

test('the later limits count, in whatever order they are heard of', () => {
  const limits = createNewestLimits()
  expect(limits.newestOf(allowedOf('a', 3)).revision).toBe(3)
  limits.note(allowedOf('a', 5))
  limits.note(allowedOf('a', 4))
  for (const [given, newest] of [
    [3, 5],
    [5, 5],
    [6, 6],
  ] as const)
    expect(limits.newestOf(allowedOf('a', given)).revision).toBe(newest)
  expect(
    limits.newestOf({ ...allowedOf('a', 3), account: { kind: 'user', id: 'a' } as never }).revision,
  ).toBe(3)
})

test('a change is one since all that were noted before it', () => {
  const limits = createNewestLimits()
  const before = limits.count()
  limits.note(allowedOf('a', 5))
  expect([
    limits.hasChangedSince(accountOf('a'), before),
    limits.hasChangedSince(accountOf('b'), before),
  ]).toEqual([true, false])
  expect(limits.hasChangedSince(accountOf('a'), limits.count())).toBe(false)
})

test('it remembers a bounded number of records', () => {
  const limits = createNewestLimits()
  for (let n = 0; n <= MAX.changedLimits; n += 1) limits.note(allowedOf(`${n}`, 5))
  const known = [0, MAX.changedLimits].map((n) => limits.newestOf(allowedOf(`${n}`, 1)).revision)
  expect(known).toEqual([1, 5])
})
