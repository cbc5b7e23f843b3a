/**
 * Reservations that are extended for as long as the work takes.
 *
 * @example
 * import { Latchkey } from '@latchkey/client'
 * import { holdMoney } from '@latchkey/client/holds'
 *
 * await using hold = await holdMoney(new Latchkey(), { keyId: '019aab62-7c00-7b3c-8e1f-5a7c1f1b2d3e', amount: '1' })
 * const answer = await fetch('https://model.example/v1/chat', { signal: hold.signal })
 * await hold.settle({ amount: answer.headers.get('x-cost') ?? '0' })
 *
 * @module
 */
export { type Holder, HoldLostError, holdingMoney, holdMoney, type KeepOptions, KeptHold } from './hold.ts'
