/** An amount with its sign and thousands; never rounded: a nano-dollar is shown when there is one. */
export function usd(amount: string): string {
  const [whole = '0', decimals = ''] = amount.replace('-', '').split('.')
  const cents = decimals.padEnd(2, '0')
  const sign = amount.startsWith('-') ? '−' : ''
  return `${sign}$${whole.replaceAll(/\B(?=(\d{3})+$)/g, ',')}.${cents}`
}

/** A count with thousands. */
export function count(value: number): string {
  return value.toLocaleString('en-US')
}

/** Amounts as exact nano-dollars, for sums and shares. */
export function nano(amount: string): bigint {
  const isNegative = amount.startsWith('-')
  const [whole = '0', decimals = ''] = amount.replace('-', '').split('.')
  const value = BigInt(whole) * 1_000_000_000n + BigInt(decimals.padEnd(9, '0').slice(0, 9) || '0')
  return isNegative ? -value : value
}

/** Back to a decimal text. */
export function decimal(value: bigint): string {
  const abs = value < 0n ? -value : value
  const decimals = (abs % 1_000_000_000n).toString().padStart(9, '0').replace(/0+$/, '')
  const text = `${abs / 1_000_000_000n}${decimals === '' ? '' : `.${decimals}`}`
  return value < 0n ? `-${text}` : text
}
