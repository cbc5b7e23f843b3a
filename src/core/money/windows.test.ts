import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import { MAX } from '../ground/bounds.ts'
import { DAY_MS } from '../ground/clock.ts'
import { LIMIT_WINDOWS, type LimitWindow, windowEnd, windowStart } from './windows.ts'

/** The first instant that RFC 3339 can write. */
const FIRST = Date.parse('0000-01-01T00:00:00Z')
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
    // The zero time of Go, which a program sends that never set the time.
    ['daily', '0001-01-01T00:00:00.000Z', '0001-01-01', '0001-01-02'],
    ['weekly', '0001-01-01T00:00:00.000Z', '0001-01-01', '0001-01-08'],
    ['monthly', '0001-01-01T00:00:00.000Z', '0001-01-01', '0001-02-01'],
    ['monthly', '0099-12-31T23:59:59.999Z', '0099-12-01', '0100-01-01'],
    ['monthly', '1969-12-31T23:59:59.999Z', '1969-12-01', '1970-01-01'],
    ['weekly', '1969-12-31T23:59:59.999Z', '1969-12-29', '1970-01-05'],
    ['daily', '9999-12-31T23:59:59.999Z', '9999-12-31', '+010000-01-01'],
    ['monthly', '9999-12-31T23:59:59.999Z', '9999-12-01', '+010000-01-01'],
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

  test('every window agrees with a reference that walks day by day, at every instant that can be written', () => {
    const instants = fc.oneof(
      fc.integer({ min: FIRST, max: MAX.instant }),
      fc.integer({ min: at('1970-02-01T00:00:00Z'), max: at('2100-12-31T23:59:59.999Z') }),
      nearBoundaries({ min: 0, max: 101 }),
      nearBoundaries({ min: 1, max: 9_999 }),
    )
    fc.assert(
      fc.property(instants, fc.constantFrom(...LIMIT_WINDOWS), (instant, window) => {
        expect(windowStart(window, instant)).toBe(slowStart(window, instant))
        expect(windowEnd(window, instant)).toBe(slowEnd(window, instant))
      }),
      { numRuns: 6_000 },
    )
  })

  test('windows tile time: the end of each is the start of the next, and every instant lies inside its own', () => {
    fc.assert(
      fc.property(
        fc.oneof(fc.integer({ min: FIRST, max: MAX.instant }), fc.integer({ min: FIRST, max: FIRST + 4e12 })),
        fc.constantFrom('daily', 'weekly', 'monthly'),
        (instant, window) => {
          const end = windowEnd(window, instant) ?? Number.NaN
          expect(windowStart(window, instant)).toBeLessThanOrEqual(instant)
          expect(end).toBeGreaterThan(instant)
          expect(windowStart(window, end)).toBe(end)
          expect(windowStart(window, end - 1)).toBe(windowStart(window, instant))
        },
      ),
      { numRuns: 4_000 },
    )
  })
})

/** Instants within two milliseconds of a day's start, over-weighting leap days, month ends and year ends. */
function nearBoundaries(years: { min: number; max: number }) {
  return fc
    .tuple(
      fc.integer(years).map((year) => String(year).padStart(4, '0')),
      fc.constantFrom('01-01', '02-28', '02-29', '03-01', '06-30', '12-31'),
      fc.integer({ min: -2, max: 2 }),
    )
    .map(([year, day, offset]) => Date.parse(`${year}-${day}T00:00:00Z`) + offset)
    .filter((instant) => instant >= FIRST && instant <= MAX.instant)
}

const text = (instant: number) => new Date(instant).toISOString()

function slowStart(window: LimitWindow, instant: number): number {
  if (window === 'total') return 0
  let day = at(`${text(instant).split('T')[0]}T00:00:00Z`)
  while (!opens(window, day)) day -= DAY_MS
  return day
}

function slowEnd(window: LimitWindow, instant: number): number | null {
  if (window === 'total') return null
  let day = at(`${text(instant).split('T')[0]}T00:00:00Z`) + DAY_MS
  while (!opens(window, day)) day += DAY_MS
  return day
}

function opens(window: LimitWindow, day: number): boolean {
  if (window === 'daily') return true
  if (window === 'weekly') return new Date(day).getUTCDay() === 1
  return text(day).split('T')[0]?.endsWith('-01') === true
}
