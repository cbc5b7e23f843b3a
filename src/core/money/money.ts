/** An amount of money in whole nano-USD (1 USD = 1e9). */
export type NanoUsd = bigint

/** How many nano-USD make one USD. */
export const NANO_PER_USD = 1_000_000_000n
/** The largest amount accepted from outside: one thousand million USD. */
export const USD_MAX: NanoUsd = 1_000_000_000n * NANO_PER_USD

const DECIMAL = /^(\d{1,10})(?:\.(\d{1,9}))?$/

/**
 * Reads an amount of USD from 0 to 1e9. A text is exact: digits with at most 9 decimals. A number is the result of a program's
 * computation, so it is rounded to the nearest nano-dollar, halves up. Returns null for anything else (negative, NaN, Infinity, texts
 * with exponents or more decimals).
 */
export function parseUsd(value: string | number): NanoUsd | null {
  const amount = typeof value === 'number' ? nearestNanoUsd(value) : exactNanoUsd(value)
  return amount !== null && amount <= USD_MAX ? amount : null
}

function exactNanoUsd(text: string): NanoUsd | null {
  const match = DECIMAL.exec(text)
  if (match === null) return null
  return BigInt(match[1] ?? '0') * NANO_PER_USD + BigInt((match[2] ?? '').padEnd(9, '0'))
}

/** Writes an amount as a decimal string without trailing zeros: `"74.5"`, `"0"`, `"0.000000001"`. */
export function formatUsd(amount: NanoUsd): string {
  if (amount === 0n) return '0'
  if (amount < 0n) return `-${formatUsd(-amount)}`
  // Numbers are several times as fast, and every verify writes some amounts.
  if (amount <= EXACT_AS_NUMBER) {
    const small = Number(amount)
    const dollars = Math.floor(small / 1e9)
    return `${dollars}${formatFraction(small - dollars * 1e9)}`
  }
  const dollars = amount / NANO_PER_USD
  return `${dollars}${formatFraction(Number(amount - dollars * NANO_PER_USD))}`
}

const EXACT_AS_NUMBER = BigInt(Number.MAX_SAFE_INTEGER)

/** The decimals of fewer than 1e9 nano-dollars, with their point; empty for none. */
function formatFraction(nanos: number): string {
  if (nanos === 0) return ''
  let fraction = nanos
  let digits = 9
  while (fraction % 10 === 0) {
    fraction /= 10
    digits -= 1
  }
  const text = `${fraction}`
  return `.${ZEROS.slice(0, digits - text.length)}${text}`
}

const ZEROS = '000000000'

/** The amount as the nearest JSON number of USD (the form of the OpenRouter dialect); never 74.50000000000001 for 74.5. */
export function usdNumber(amount: NanoUsd): number {
  return Number(formatUsd(amount))
}

const SHORTEST = /^(\d+)(?:\.(\d+))?(?:e([+-]\d+))?$/

/** Rounds the shortest text that reads back as the same number: its sender wrote that text, or would print it. */
function nearestNanoUsd(value: number): NanoUsd | null {
  // Far above the maximum, and short enough to be written without an exponent.
  if (!(value >= 0 && value < 1e12)) return null
  const [, whole = '0', fraction = '', exponent = '0'] = SHORTEST.exec(String(value)) ?? []
  // The digits without a point, and how many of them come after the nano-dollar.
  const digits = whole + fraction
  const surplus = fraction.length - Number(exponent) - 9
  if (surplus <= 0) return BigInt(digits) * 10n ** BigInt(-surplus)
  const kept = digits.slice(0, Math.max(0, digits.length - surplus))
  const next = digits.length >= surplus ? (digits[digits.length - surplus] ?? '0') : '0'
  return BigInt(kept === '' ? '0' : kept) + (next >= '5' ? 1n : 0n)
}
