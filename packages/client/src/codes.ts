/**
 * The codes of failures as constants. They are a separate entry, so that a page that does not use them does not load them.
 *
 * @example
 * import { Latchkey, LatchkeyApiError } from '@latchkey/client'
 * import { FaultCodes } from '@latchkey/client/codes'
 *
 * try {
 *   await new Latchkey().keys.get('019aab62-7c00-7b3c-8e1f-5a7c1f1b2d3e')
 * } catch (error) {
 *   if (!(error instanceof LatchkeyApiError) || error.code !== FaultCodes.KeyNotFound) throw error
 * }
 *
 * @module
 */
export { type FaultCode, FaultCodes } from './native/codes.gen.ts'
