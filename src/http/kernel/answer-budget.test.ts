import { expect, test } from 'bun:test'
import { refusalOf } from '../../../test/support/failures.ts'
import { createAnswerBudget } from './answer-budget.ts'

const BOUNDS = { each: 100, together: 250, spared: 20 }

/** Counts an answer if there is room for it. */
function beginner() {
  const budget = createAnswerBudget(BOUNDS)
  return (user: string, bytes: number) => {
    budget.requireRoom(user, bytes)
    return budget.count(user, bytes)
  }
}

test('a user has answers up to its bound, one of any size, and room again when one ends', () => {
  const begin = beginner()
  const end = begin('ada', 60)
  const other = begin('ada', 40)
  expect(refusalOf(() => begin('ada', 1))).toBe('rate_limited')
  expect(refusalOf(() => begin('bob', 1))).toBe(null)
  end()
  end()
  expect(refusalOf(() => begin('ada', 61))).toBe('rate_limited')
  expect(refusalOf(() => begin('ada', 60))).toBe(null)
  other()
  // One alone may be larger than the bound.
  expect(refusalOf(() => begin('cleo', 10_000))).toBe(null)
  expect(refusalOf(() => begin('cleo', 1))).toBe('rate_limited')
})

test('all together have a bound, beyond which each still has one answer and a little', () => {
  const begin = beginner()
  const ends = ['a', 'b'].map((user) => begin(user, 100))
  begin('c', 50)
  expect(refusalOf(() => begin('c', 1))).toBe('server_busy')
  expect(refusalOf(() => begin('d', 10))).toBe(null)
  expect(refusalOf(() => begin('d', 10))).toBe(null)
  expect(refusalOf(() => begin('d', 1))).toBe('server_busy')
  for (const end of ends) end()
  expect(refusalOf(() => begin('c', 50))).toBe(null)
})
