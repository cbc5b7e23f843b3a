/** An amount of money in whole nano-USD (1 USD = 1e9). */
export type NanoUsd = bigint

/** How many nano-USD make one USD. */
export const NANO_PER_USD = 1_000_000_000n
/** The largest amount accepted from outside: one thousand million USD (spec.md §2). */
export const USD_MAX: NanoUsd = 1_000_000_000n * NANO_PER_USD

const DECIMAL = /^(\d{1,10})(?:\.(\d{1,9}))?$/

/**
 * Reads an amount of USD given as a decimal string or a JSON number: 0 to 1e9, at most 9 decimals.
 * Answers null for anything else (negative, NaN, Infinity, exponents in strings, more decimals).
 */
export function parseUsd(value: string | number): NanoUsd | null {
  const text = typeof value === 'number' ? plainDecimal(value) : value
  const match = text === null ? null : DECIMAL.exec(text)
  if (match === null) return null
  const amount = BigInt(match[1] ?? '0') * NANO_PER_USD + BigInt((match[2] ?? '').padEnd(9, '0'))
  return amount <= USD_MAX ? amount : null
}

/** Writes an amount as a decimal string without trailing zeros: `"74.5"`, `"0"`, `"0.000000001"`. */
export function formatUsd(amount: NanoUsd): string {
  const sign = amount < 0n ? '-' : ''
  const positive = amount < 0n ? -amount : amount
  const fraction = (positive % NANO_PER_USD).toString().padStart(9, '0').replace(/0+$/, '')
  const whole = (positive / NANO_PER_USD).toString()
  return fraction === '' ? `${sign}${whole}` : `${sign}${whole}.${fraction}`
}

/** The amount as the nearest JSON number of USD (the OpenRouter dialect's form); never float dust like 74.50000000000001. */
export function usdNumber(amount: NanoUsd): number {
  return Number(formatUsd(amount))
}

// The shortest text that reads back as the same number is what the sender wrote; only its exponent form needs expanding.
function plainDecimal(value: number): string | null {
  if (!Number.isFinite(value) || value < 0 || Object.is(value, -0)) return Object.is(value, -0) ? '0' : null
  const text = String(value)
  const match = /^(\d)(?:\.(\d+))?e([+-]\d+)$/.exec(text)
  if (match === null) return text
  const exponent = Number(match[3])
  if (exponent > 0) return null
  return `0.${'0'.repeat(-exponent - 1)}${match[1]}${match[2] ?? ''}`
}
