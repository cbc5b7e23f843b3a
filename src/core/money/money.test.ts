import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import { formatUsd, parseUsd, USD_MAX, usdNumber } from './money.ts'

describe('money', () => {
  test.each([
    ['0', 0n],
    ['74.5', 74_500_000_000n],
    ['0.000000001', 1n],
    ['1000000000', USD_MAX],
    [0.1, 100_000_000n],
    [1e-9, 1n],
    [1.5e-7, 150n],
    [1e9, USD_MAX],
    [-0, 0n],
  ])('%p is read as %p nano-USD', (value, amount) => {
    expect(parseUsd(value)).toBe(amount)
  })

  test.each([
    '',
    ' 1',
    '+1',
    '-1',
    '1.',
    '.5',
    '1e3',
    '0x10',
    '1,5',
    '1.0000000000',
    '1000000000.000000001',
    '10000000000',
    'NaN',
    'Infinity',
    '١',
    -1,
    1e-10,
    1.0000000001,
    1e9 + 0.5,
    1e10,
    1e21,
    Number.NaN,
    Number.POSITIVE_INFINITY,
    Number.NEGATIVE_INFINITY,
  ])('%p is refused', (value) => {
    expect(parseUsd(value)).toBeNull()
  })

  const amounts = fc.bigInt({ min: 0n, max: USD_MAX })

  test('what is written is read back as the same amount, to the nano-dollar', () => {
    fc.assert(
      fc.property(amounts, (amount) => expect(parseUsd(formatUsd(amount))).toBe(amount)),
      { numRuns: 2_000 },
    )
  })

  test('a JSON number of at most 15 digits is read as exactly what was written', () => {
    const upTo15Digits = fc.tuple(
      fc.integer({ min: 0, max: 999_999 }),
      fc.integer({ min: 0, max: 999_999_999 }),
    )
    fc.assert(
      fc.property(upTo15Digits, ([whole, nano]) => {
        const text = `${whole}.${String(nano).padStart(9, '0')}`
        expect(parseUsd(Number(text))).toBe(BigInt(whole) * 1_000_000_000n + BigInt(nano))
      }),
      { numRuns: 2_000 },
    )
  })

  test('a number sent out has no float dust: it prints as the shortest decimal of the amount', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: 999_999_999_999_999n }), (amount) => {
        expect(parseUsd(usdNumber(amount))).toBe(amount)
      }),
      { numRuns: 2_000 },
    )
  })

  test('no text crashes the reader, and what it takes is within the bounds', () => {
    const texts = fc.oneof(fc.string(), fc.stringMatching(/^[0-9.eE+-]{0,14}$/))
    fc.assert(
      fc.property(fc.oneof(texts, fc.double()), (value) => {
        const amount = parseUsd(value)
        expect(amount === null || (amount >= 0n && amount <= USD_MAX)).toBe(true)
      }),
      { numRuns: 3_000 },
    )
  })
})
