/**
 * Money that stays held for as long as the work takes.
 *
 * @module
 */
export { type Holder, HoldLostError, holdingMoney, holdMoney, type KeepOptions, KeptHold } from './hold.ts'
