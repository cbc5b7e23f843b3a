/**
 * For servers whose callers send keys, with any framework: the key of a request, the client's address behind proxies, and the
 * response to a refused request.
 *
 * @example
 * import { Latchkey } from '@latchkey/client'
 * import { keyFrom, refusalOf } from '@latchkey/client/incoming'
 *
 * const latchkey = new Latchkey()
 *
 * export async function guarded(request: Request): Promise<Response> {
 *   const { key, fault } = keyFrom(request.headers)
 *   if (fault !== undefined) return refusalOf({ fault })?.toResponse() ?? Response.error()
 *   const verdict = await latchkey.verify({ key, permissions: 'documents.read' })
 *   return refusalOf({ verdict })?.toResponse() ?? new Response('hello')
 * }
 *
 * @module
 */
export { type AddressList, addressList } from '../rules/addresses.ts'
export { clientAddress, type Way } from './client-address.ts'
export type { IncomingHeaders } from './headers.ts'
export { type IncomingKey, type KeyFault, keyFrom } from './key.ts'
export { type Outcome, type Refusal, type RefusalProblem, refusalOf } from './refusal.ts'
