/**
 * For servers whose requests bring keys, with any framework: the key of a request, the client's address behind proxies, and the
 * answer to who is not let in.
 *
 * @module
 */
export { type AddressList, addressList } from '../rules/addresses.ts'
export { clientAddress, type Way } from './client-address.ts'
export type { IncomingHeaders } from './headers.ts'
export { type IncomingKey, type KeyFault, keyFrom } from './key.ts'
export { type Outcome, type Refusal, type RefusalProblem, refusalOf } from './refusal.ts'
