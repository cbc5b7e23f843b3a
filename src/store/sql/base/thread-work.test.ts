import { expect, test } from 'bun:test'
import { threadWorkMs } from './thread-work.ts'

const PASSED_MS = 60

test('a thread that waits does no work', async () => {
  const before = threadWorkMs()
  await Bun.sleep(PASSED_MS)
  expect(threadWorkMs() - before).toBeLessThan(PASSED_MS / 2)
})

test('work is noticed at once, also when it is shorter than a tick of the system', () => {
  for (let round = 0; round < 20; round += 1) {
    const before = threadWorkMs()
    const busyUntil = performance.now() + 0.2
    while (performance.now() < busyUntil);
    expect(threadWorkMs()).toBeGreaterThan(before)
  }
})
