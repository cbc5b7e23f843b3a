import type { NanoUsd } from './money.ts'
import type { LimitWindow } from './windows.ts'

/** Settled usage of one window. */
export interface WindowSpend {
  amount: NanoUsd
  byokAmount: NanoUsd
  requests: number
}

/** Settled usage of the four windows that one instant lies in. */
export type Spend = Record<LimitWindow, WindowSpend>
