import { describe, expect, test } from 'bun:test'
import { createPace } from './pace.ts'

/** Runs commits on a machine of these costs, each of the maximum weight, and returns the weight at which they settle. */
function weightOn({
  fixedMs,
  rowMs,
  noise = () => 0,
}: {
  fixedMs: number
  rowMs: number
  noise?: () => number
}) {
  const pace = createPace()
  const heaviest: number[] = []
  for (let n = 0; n < 400; n += 1) {
    const weight = pace.weightMax()
    if (n > 300) heaviest.push(weight)
    // The clock shows whole milliseconds.
    pace.note(weight, Math.round(fixedMs + weight * rowMs + noise()))
  }
  return Math.max(...heaviest)
}

describe('the pace of commits', () => {
  test('on a fast disk the rows of a commit take about five milliseconds', () => {
    const weight = weightOn({ fixedMs: 1, rowMs: 0.004 })
    expect(weight * 0.004).toBeGreaterThan(3)
    expect(weight * 0.004).toBeLessThan(9)
  })

  test('on a slow disk the rows take as long as its sync, and no more than twenty milliseconds', () => {
    expect(weightOn({ fixedMs: 12, rowMs: 0.004 }) * 0.004).toBeGreaterThan(8)
    expect(weightOn({ fixedMs: 12, rowMs: 0.004 }) * 0.004).toBeLessThan(18)
    expect(weightOn({ fixedMs: 100, rowMs: 0.004 }) * 0.004).toBeLessThan(15)
  })

  test('rows that seem to cost nothing still cost the event loop something, so a commit has an end', () => {
    expect(weightOn({ fixedMs: 1, rowMs: 0 })).toBe(4_000)
  })

  test('expensive rows make small commits, but never empty ones', () => {
    expect(weightOn({ fixedMs: 2, rowMs: 1 })).toBe(256)
  })

  test('single slow commits, such as one that copies the log, do not change the pace', () => {
    let seed = 7
    const noise = () => {
      seed = (seed * 16_807) % 2_147_483_647
      return seed % 10 === 0 ? 150 : seed % 3
    }
    const weight = weightOn({ fixedMs: 2, rowMs: 0.005, noise })
    expect(weight * 0.005).toBeGreaterThan(2)
    expect(weight * 0.005).toBeLessThan(15)
  })

  test('a commit during which the clock is set back is ignored', () => {
    const pace = createPace()
    for (let n = 0; n < 100; n += 1) pace.note(pace.weightMax(), -3_600_000)
    expect(pace.weightMax()).toBeGreaterThan(256)
  })
})
