const NANO = 1_000_000_000n

/** An amount in nano-USD. Undefined for what is none: a decimal number with at most nine places, not below 0. */
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
