import { expect, test } from 'bun:test'
import { createLookAtRates, NO_LOOK } from './look.ts'
import type { RateDemand } from './rates.ts'

const one: RateDemand = {
  subject: 'key',
  rate: { name: 'requests', limit: 3, windowMs: 60_000 },
  cost: 1,
}

/** Looks that are numbered in the number of units left. */
function numbered() {
  let asked = 0
  const looked = createLookAtRates({
    look: async (demands) => {
      asked += 1
      const states = demands.map(({ rate }) => ({ ...rate, remaining: asked, resetsAt: 0 }))
      return { refusal: null, states }
    },
  })
  return { looked, asked: () => asked }
}

test('a look serves equal demands, which a request makes anew after each wait', async () => {
  const { looked } = numbered()
  expect(looked.of([one])).toBeNull()
  await looked.load([one])
  expect(looked.of([{ ...one, rate: { ...one.rate } }])?.states).toMatchObject([{ remaining: 1 }])
})

test('a look serves no other demands: a limit that was changed, renamed or added meanwhile is looked at again', async () => {
  const { looked } = numbered()
  await looked.load([one])
  const others: RateDemand[][] = [
    [{ ...one, subject: 'other' }],
    [{ ...one, cost: 2 }],
    [{ ...one, rate: { ...one.rate, name: 'images' } }],
    [{ ...one, rate: { ...one.rate, limit: 4 } }],
    [{ ...one, rate: { ...one.rate, windowMs: 1 } }],
    [one, one],
  ]
  for (const other of others) expect(looked.of(other)).toBeNull()
  await looked.load([one])
  expect(looked.of([one])?.states).toMatchObject([{ remaining: 2 }])
})

test('a key without rate limits is not looked at', async () => {
  const { looked, asked } = numbered()
  expect(looked.of([])).toEqual({ refusal: null, states: [] })
  expect(NO_LOOK.of([])).toEqual({ refusal: null, states: [] })
  expect(NO_LOOK.of([one])).toBeNull()
  await looked.load([])
  expect(asked()).toBe(0)
})
