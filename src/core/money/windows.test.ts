import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import { LIMIT_WINDOWS, type LimitWindow, windowEnd, windowStart } from './windows.ts'

const DAY_MS = 86_400_000
const at = (text: string) => Date.parse(text)

describe('windows', () => {
  test.each([
    ['daily', '2026-11-22T23:59:59.999Z', '2026-11-22', '2026-11-23'],
    ['daily', '2028-02-29T00:00:00.000Z', '2028-02-29', '2028-03-01'],
    ['weekly', '2026-11-22T23:59:59.999Z', '2026-11-16', '2026-11-23'],
    ['weekly', '2026-11-23T00:00:00.000Z', '2026-11-23', '2026-11-30'],
    ['weekly', '2027-01-01T12:00:00.000Z', '2026-12-28', '2027-01-04'],
    ['monthly', '2028-02-29T12:00:00.000Z', '2028-02-01', '2028-03-01'],
    ['monthly', '2026-12-31T23:59:59.999Z', '2026-12-01', '2027-01-01'],
    ['monthly', '2027-01-01T00:00:00.000Z', '2027-01-01', '2027-02-01'],
  ] satisfies [LimitWindow, string, string, string][])(
    '%s at %s runs from %s to %s',
    (window, instant, from, to) => {
      expect(windowStart(window, at(instant))).toBe(at(`${from}T00:00:00Z`))
      expect(windowEnd(window, at(instant))).toBe(at(`${to}T00:00:00Z`))
    },
  )

  test('total is one window without an end', () => {
    expect(windowStart('total', at('2026-11-22T12:00:00Z'))).toBe(0)
    expect(windowEnd('total', at('2026-11-22T12:00:00Z'))).toBeNull()
  })

  test('every window agrees with a reference that walks day by day, at random instants from 1970 to 2100', () => {
    const instants = fc.oneof(
      fc.integer({ min: at('1970-02-01T00:00:00Z'), max: at('2100-12-31T23:59:59.999Z') }),
      nearBoundaries(),
    )
    fc.assert(
      fc.property(instants, fc.constantFrom(...LIMIT_WINDOWS), (instant, window) => {
        expect(windowStart(window, instant)).toBe(slowStart(window, instant))
        expect(windowEnd(window, instant)).toBe(slowEnd(window, instant))
      }),
      { numRuns: 3_000 },
    )
  })

  test('windows tile time: the end of each is the start of the next, and every instant lies inside its own', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 4e12 }),
        fc.constantFrom('daily', 'weekly', 'monthly'),
        (instant, window) => {
          const end = windowEnd(window, instant) ?? Number.NaN
          expect(windowStart(window, instant)).toBeLessThanOrEqual(instant)
          expect(end).toBeGreaterThan(instant)
          expect(windowStart(window, end)).toBe(end)
          expect(windowStart(window, end - 1)).toBe(windowStart(window, instant))
        },
      ),
      { numRuns: 2_000 },
    )
  })
})

/** Instants within two milliseconds of a day's start, over-weighting leap days, month ends and year ends. */
function nearBoundaries() {
  return fc
    .tuple(
      fc.integer({ min: 1971, max: 2100 }),
      fc.constantFrom('01-01', '02-28', '02-29', '03-01', '06-30', '12-31'),
      fc.integer({ min: -2, max: 2 }),
    )
    .map(([year, day, offset]) => Date.parse(`${year}-${day}T00:00:00Z`) + offset)
    .filter((instant) => !Number.isNaN(instant))
}

const text = (instant: number) => new Date(instant).toISOString()

function slowStart(window: LimitWindow, instant: number): number {
  if (window === 'total') return 0
  let day = at(`${text(instant).slice(0, 10)}T00:00:00Z`)
  while (!opens(window, day)) day -= DAY_MS
  return day
}

function slowEnd(window: LimitWindow, instant: number): number | null {
  if (window === 'total') return null
  let day = at(`${text(instant).slice(0, 10)}T00:00:00Z`) + DAY_MS
  while (!opens(window, day)) day += DAY_MS
  return day
}

function opens(window: LimitWindow, day: number): boolean {
  if (window === 'daily') return true
  if (window === 'weekly') return new Date(day).getUTCDay() === 1
  return text(day).slice(8, 10) === '01'
}
