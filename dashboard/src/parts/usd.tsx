import { usd } from './money.ts'

/** An amount; see {@link usd}. */
export function Usd({ amount }: { amount: string }) {
  return <span class="number">{usd(amount)}</span>
}
