/**
 * The codes of failures as constants. An entry of its own, so that pages that need none of them load none.
 *
 * @module
 */
export { type FaultCode, FaultCodes } from './native/codes.gen.ts'
