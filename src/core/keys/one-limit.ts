// Tests: test/wire/openrouter/shown-limit.test.ts, test/wire/openrouter/limit-naming.test.ts
import { type BudgetLine, bindingLine, keyBudget } from '../money/budgets.ts'
import type { NanoUsd } from '../money/money.ts'
import type { LimitWindow } from '../money/windows.ts'
import type { KeyView } from './key-views.ts'
import type { KeyPatch, NewKey } from './new-key.ts'

/** One of the four limits of a key, for callers that know of one only (docs/wire/openrouter.md#one-limit-out-of-four). */
export interface ShownLimit {
  window: LimitWindow
  /** The limit as it was set, without a boost: a client that writes it back must not make a boost permanent. Null for no limit. */
  amount: NanoUsd | null
  /** The amount that may still be spent, with boosts, without reservations, never below 0; null without a limit. */
  remaining: NanoUsd | null
}

/** A change of that one limit. An absent member changes nothing. */
export interface LimitChange {
  /** Null for no limit. */
  limit?: NanoUsd | null
  window?: LimitWindow
}

/** A key with the usage that decides which of its limits binds. */
export type SpentKey = Pick<KeyView, 'key' | 'spend' | 'reserved' | 'at'>

/** The changes of a key that a change of its one limit makes. */
export type LimitPatch = Pick<KeyPatch, 'limits' | 'mainWindow'>

/** The limit of the window that the last such change named, even if that window has no limit; else the limit with the least left. */
export function shownLimit(view: SpentKey): ShownLimit {
  const { key } = view
  const budget = keyBudget(view)
  const named = key.mainWindow
  const line = named === null ? bindingLine(budget) : budget.find(({ window }) => window === named)
  return {
    window: named ?? line?.window ?? 'total',
    amount: (line && key.limits[line.window]) ?? null,
    remaining: line?.remaining ?? null,
  }
}

/**
 * The limit that the holder of a key sees: the key's own, unless one of its owner or workspace has less left. Callers that manage keys
 * do not see those, because a client that writes back what it read would make them limits of the key.
 */
export function heldLimit(view: SpentKey, budget: readonly BudgetLine[]): ShownLimit {
  const own = shownLimit(view)
  const above = bindingLine(budget.filter(({ account }) => account.kind !== 'key'))
  if (above === undefined || (own.remaining !== null && own.remaining <= above.remaining)) return own
  return { window: above.window, amount: above.limit, remaining: above.remaining }
}

/**
 * The limits of a new key. An amount or a window other than `total` names the window; without either the key names
 * none, and a limit that comes from elsewhere shows (on create null is the same as absent).
 */
export function firstLimit({ limit, window = 'total' }: LimitChange): Pick<NewKey, 'limits' | 'mainWindow'> {
  if (limit !== undefined && limit !== null) return { limits: { [window]: limit }, mainWindow: window }
  return window === 'total' ? {} : { mainWindow: window }
}

/**
 * Turns a change of the one limit into a change of the key: first the shown limit moves to the window and replaces the limit
 * there, then its amount is set or removed. Limits of other windows stay. The window is named from then on,
 * unless there was nothing to remove.
 */
export function changedLimit(view: SpentKey, { limit, window }: LimitChange): LimitPatch {
  const shown = shownLimit(view)
  const names = window !== undefined || (limit !== undefined && (limit !== null || shown.amount !== null))
  if (!names) return {}
  const target = window ?? shown.window
  const amount = limit === undefined ? shown.amount : limit
  const limits: NonNullable<LimitPatch['limits']> = { [shown.window]: null }
  // A shown window without an amount has nothing to move, so a limit that stands in the target stays and shows now.
  if (limit !== undefined || shown.amount !== null) limits[target] = amount
  return { limits, mainWindow: target }
}
