import { expect, test } from 'bun:test'
import { createRequestLines, type RequestLogMode } from './request-lines.ts'

const PASSED = 1_000

/** How many of so many requests have a line. */
function lines(mode: RequestLogMode, status: number): number {
  const { wants } = createRequestLines(mode)
  return Array.from({ length: PASSED }, () => wants({ status })).filter(Boolean).length
}

test.each<[RequestLogMode, passed: number, refused: number]>([
  ['none', 0, 0],
  ['refused', 0, PASSED],
  ['sampled', PASSED / 100, PASSED],
  ['all', PASSED, PASSED],
])(
  '%s: %d of the requests that passed have a line, and %d of those that were refused',
  (mode, passed, refused) => {
    expect(lines(mode, 200)).toBe(passed)
    expect([lines(mode, 400), lines(mode, 503)]).toEqual([refused, refused])
  },
)
