import { describe, expect, test } from 'bun:test'
import { createPace } from './pace.ts'

/** Runs commits on a machine of these costs, each of the maximum weight, and returns the weight at which they settle. */
function weightOn({
  fixedMs,
  rowMs,
  noise = () => 0,
  isShared = false,
}: {
  fixedMs: number
  rowMs: number
  noise?: () => number
  isShared?: boolean
}) {
  const pace = createPace()
  const heaviest: number[] = []
  for (let n = 0; n < 400; n += 1) {
    const weight = pace.weightMax(isShared)
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

  test('while several users write, the rows of a commit take about two milliseconds, whatever its sync takes', () => {
    for (const fixedMs of [1, 12, 100]) {
      const rowsMs = weightOn({ fixedMs, rowMs: 0.004, isShared: true }) * 0.004
      expect(rowsMs).toBeGreaterThan(1)
      expect(rowsMs).toBeLessThan(4)
    }
    expect(weightOn({ fixedMs: 1, rowMs: 0, isShared: true })).toBe(1_000)
    expect(weightOn({ fixedMs: 1, rowMs: 1, isShared: true })).toBe(256)
  })

  test('what is learnt while it is shared holds for one user alone, and the other way round', () => {
    const pace = createPace()
    const commit = (isShared: boolean) => {
      const weight = pace.weightMax(isShared)
      pace.note(weight, Math.round(10 + weight * 0.02))
    }
    for (let n = 0; n < 400; n += 1) commit(true)
    for (let n = 0; n < 60; n += 1) commit(false)
    expect(pace.weightMax(false)).toBeLessThan(800)
    for (let n = 0; n < 400; n += 1) commit(n % 40 < 20)
    const shared = Math.max(...Array.from({ length: 8 }, () => pace.weightMax(true)))
    const alone = Math.max(...Array.from({ length: 8 }, () => pace.weightMax(false)))
    expect(alone).toBeGreaterThan(shared)
  })

  test('a commit during which the clock is set back is ignored', () => {
    const pace = createPace()
    for (let n = 0; n < 100; n += 1) pace.note(pace.weightMax(false), -3_600_000)
    expect(pace.weightMax(false)).toBeGreaterThan(256)
  })
})
