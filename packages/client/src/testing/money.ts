const NANO = 1_000_000_000n

/** Parses an amount into nano-USD: a decimal number from 0 on with at most nine places. Undefined for any other text. */
export function nanoOf(amount: unknown): bigint | undefined {
  const [, whole, fraction = ''] = /^(\d{1,12})(?:\.(\d{1,9}))?$/.exec(textOf(amount)) ?? []
  return whole === undefined ? undefined : BigInt(whole) * NANO + BigInt(fraction.padEnd(9, '0'))
}

/** The same as a decimal number without zeros at its end. */
export function usdOf(nano: bigint): string {
  const fraction = String(nano % NANO)
    .padStart(9, '0')
    .replace(/0+$/, '')
  return fraction === '' ? String(nano / NANO) : `${nano / NANO}.${fraction}`
}

function textOf(amount: unknown): string {
  if (typeof amount === 'number') return amount.toFixed(9)
  return typeof amount === 'string' ? amount : ''
}
