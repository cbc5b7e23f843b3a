import type { KeyView } from '../../core/keys/key-views.ts'
import type { KeyPatch, NewKey } from '../../core/keys/new-key.ts'
import { type BudgetLine, bindingLine, keyBudget } from '../../core/money/budgets.ts'
import type { NanoUsd } from '../../core/money/money.ts'
import type { LimitWindow } from '../../core/money/windows.ts'

/** The one limit of a key that this dialect knows of (docs/wire/openrouter.md#one-limit-out-of-four). */
export interface ShownLimit {
  /** The window of `limit_reset`, where `total` is the wire's null. */
  window: LimitWindow
  /** As it was set, without a boost, so that a client that writes back what it read makes no boost last; null for no limit. */
  amount: NanoUsd | null
  /** What may still be spent, with a boost and without what is reserved, never below 0; null without a limit. */
  remaining: NanoUsd | null
}

/** What a request says of `limit` and `limit_reset`; an absent member says nothing. */
export interface LimitChange {
  /** Null for no limit. */
  limit?: NanoUsd | null
  /** The wire's null is `total` here. */
  window?: LimitWindow
}

/** A key with the usage that decides which of its limits binds. */
export type SpentKey = Pick<KeyView, 'key' | 'spend' | 'reserved' | 'at'>

/** The limits of a key, as far as a request of this dialect decides them. */
export type LimitPatch = Pick<KeyPatch, 'limits' | 'mainWindow'>

/** The limit of the window that the last write of this dialect named, whether or not one stands there; else the binding one. */
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
 * The limit that the holder of a key is told: the key's own, unless one of its owner or workspace has less left. These are not told
 * where keys are managed, because a client that writes back what it read would make them limits of the key.
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
 * The change of a key that a PATCH asks for: first the shown limit moves to the window, taking the place of whatever
 * stood there, then its amount is set or removed. Limits of other windows stay. The window is named from then on,
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
