import type { Budget, ScopedBudget } from '@latchkey/client'
import { nano, usd } from './money.ts'
import { Time } from './time.tsx'
import { Usd } from './usd.tsx'

/** The used part of a limit in percent; 100 for a limit of 0. */
function takenPercent({ limit, spent, reserved }: Pick<Budget, 'limit' | 'spent' | 'reserved'>): number {
  const cap = nano(limit)
  if (cap === 0n) return 100
  return Number(((nano(spent) + nano(reserved)) * 1_000n) / cap) / 10
}

/** The limit with the least left, which refuses first. */
export function bindingOf<Line extends Budget | ScopedBudget>(budget: readonly Line[]): Line | null {
  let binding: Line | null = null
  for (const line of budget)
    if (binding === null || nano(line.remaining) < nano(binding.remaining)) binding = line
  return binding
}

const NEAR_PERCENT = 80

/** A bar of the spent and held parts of a limit, with the numbers beside it. */
export function BudgetBar({ line, name }: { line: Budget; name?: string }) {
  const taken = takenPercent(line)
  const tone = taken >= 100 ? 'bad' : taken >= NEAR_PERCENT ? 'warn' : 'good'
  const cap = nano(line.limit)
  const share = (amount: string) => (cap === 0n ? 100 : Number((nano(amount) * 1_000n) / cap) / 10)
  const spent = Math.min(100, share(line.spent))
  const held = Math.min(100 - spent, share(line.reserved))
  const label = `${name ?? line.window}: ${usd(line.spent)} of ${usd(line.limit)} spent${nano(line.reserved) > 0n ? `, ${usd(line.reserved)} held` : ''}`
  return (
    <div class="budget">
      <div class="budget-numbers">
        <span>
          <Usd amount={line.spent} />
          <span class="muted">
            {' '}
            of <Usd amount={line.limit} /> {name ?? line.window}
          </span>
        </span>
        {line.resetsAt !== null && (
          <span class="muted small-text">
            resets <Time at={line.resetsAt} />
          </span>
        )}
      </div>
      <svg
        class={`budget-bar ${tone}`}
        viewBox="0 0 100 6"
        preserveAspectRatio="none"
        role="img"
        aria-label={label}
      >
        <rect class="track" width="100" height="6" />
        <rect class="spent" width={spent} height="6" />
        <rect class="held" x={spent} width={held} height="6" />
      </svg>
    </div>
  )
}
