import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import { formatDuration, parseDuration } from './durations.ts'

describe('parseDuration', () => {
  test.each([
    ['1s', 1_000],
    ['90s', 90_000],
    ['15m', 900_000],
    ['24h', 86_400_000],
    ['3650d', 315_360_000_000],
    ['315360000s', 315_360_000_000],
  ])('%s is %d ms', (text, ms) => {
    expect(parseDuration(text)).toBe(ms)
  })

  test.each([
    '',
    's',
    '10',
    '0s',
    '-1s',
    '+1s',
    '01s',
    '1.5h',
    '1e3s',
    '1 s',
    ' 1s',
    '1s\n',
    '1S',
    '1w',
    '1ms',
    '1s1s',
    '3651d',
    '87601h',
    '315360001s',
    '999999999d',
    '9999999999s',
    '１s',
    '1constructor',
  ])('%j is refused', (text) => {
    expect(parseDuration(text)).toBeNull()
  })
})

describe('formatDuration', () => {
  test.each([
    [0, '0s'],
    [1, '1s'],
    [1_000, '1s'],
    [1_001, '2s'],
    [60_000, '1m'],
    [90_000, '90s'],
    [3_600_000, '1h'],
    [86_400_000, '1d'],
    [90_000_000, '25h'],
  ])('%d ms is %s', (ms, text) => {
    expect(formatDuration(ms)).toBe(text)
  })

  test('a written duration reads back as the same whole seconds', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 315_360_000 }), (seconds) => {
        expect(parseDuration(formatDuration(seconds * 1_000))).toBe(seconds * 1_000)
      }),
    )
  })
})
