import { expect, test } from 'bun:test'
import { Fault } from '../../core/ground/faults.ts'
import { createAnswerBudget } from './answer-budget.ts'

const BOUNDS = { each: 100, together: 250, spared: 20 }

function refusal(act: () => unknown): string | null {
  try {
    act()
    return null
  } catch (error) {
    return error instanceof Fault ? error.code : 'crash'
  }
}

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
  expect(refusal(() => begin('ada', 1))).toBe('rate_limited')
  expect(refusal(() => begin('bob', 1))).toBe(null)
  end()
  end()
  expect(refusal(() => begin('ada', 61))).toBe('rate_limited')
  expect(refusal(() => begin('ada', 60))).toBe(null)
  other()
  // One alone may be larger than the bound.
  expect(refusal(() => begin('cleo', 10_000))).toBe(null)
  expect(refusal(() => begin('cleo', 1))).toBe('rate_limited')
})

test('all together have a bound, beyond which each still has one answer and a little', () => {
  const begin = beginner()
  const ends = ['a', 'b'].map((user) => begin(user, 100))
  begin('c', 50)
  expect(refusal(() => begin('c', 1))).toBe('server_busy')
  expect(refusal(() => begin('d', 10))).toBe(null)
  expect(refusal(() => begin('d', 10))).toBe(null)
  expect(refusal(() => begin('d', 1))).toBe('server_busy')
  for (const end of ends) end()
  expect(refusal(() => begin('c', 50))).toBe(null)
})
