import { expect, test } from 'bun:test'
import { repeatPatiently } from './growing-pause.ts'

test('the pause doubles with each attempt in vain, and is the first one again after another', async () => {
  const start = performance.now()
  const at: number[] = []
  const repeated = repeatPatiently(20, () => {
    at.push(performance.now() - start)
    return at.length === 4
  })
  while (at.length < 5) await Bun.sleep(5)
  repeated.stop()
  const pauses = at.map((each, n) => each - (at[n - 1] ?? 0))
  const least = [20, 40, 80, 160, 20]
  expect(pauses.map((pause, n) => pause > (least[n] ?? 0) - 3)).toEqual(least.map(() => true))
  expect(pauses[4]).toBeLessThan(160)
})

test('an attempt may stop the repetition', async () => {
  let attempts = 0
  const repeated = repeatPatiently(1, () => {
    attempts += 1
    repeated.stop()
    return true
  })
  await Bun.sleep(30)
  expect(attempts).toBe(1)
})
