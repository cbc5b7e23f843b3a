// Tests: test/wire/native/amount-cap.test.ts
import { Fault, type InputError, inputFault, type Place } from '../ground/faults.ts'
import { formatUsd, type NanoUsd } from './money.ts'

// An amount in the wrong unit is a thousand or a million times too large. When it is refused at once, it costs nobody anything.

/** The error of an amount of one event or hold; null for a valid amount. */
export function beyondCap(amount: NanoUsd, amountMax: NanoUsd): string | null {
  return amount > amountMax ? `At most ${formatUsd(amountMax)} USD at once. Is it in another unit?` : null
}

/** Requires that an amount is within the maximum of one event or hold. Throws `input_invalid`. */
export function requireWithinCap(amount: NanoUsd, amountMax: NanoUsd, place: Place): void {
  const wrong = beyondCap(amount, amountMax)
  if (wrong !== null) throw inputFault(place, wrong)
}

/** The same for two amounts of one event, whose errors are reported together. */
export function requireCostWithinCap(
  { amount, byokAmount }: { amount: NanoUsd; byokAmount: NanoUsd },
  amountMax: NanoUsd,
): void {
  const errors: InputError[] = Object.entries({ amount, byokAmount }).flatMap(([name, given]) => {
    const message = beyondCap(given, amountMax)
    return message === null ? [] : [{ place: [name], message }]
  })
  const [first] = errors
  if (first !== undefined) throw new Fault('input_invalid', { message: first.message, errors })
}
