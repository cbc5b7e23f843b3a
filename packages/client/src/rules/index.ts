/**
 * The rules by which a server decides, without a server: for tests, for forms, for tools. They are the server's own
 * (test/sdk-cases.json holds both to the same rows), but only a server knows whether a key may be used.
 *
 * @example
 * import { isAddressBlock, meetsPermissions } from '@latchkey/client/rules'
 *
 * const mayRead: boolean = meetsPermissions(['documents.*'], 'documents.read and not admin')
 * const isValid: boolean = isAddressBlock('192.0.2.0/24')
 * console.log(mayRead, isValid)
 *
 * @module
 */
export { type AddressList, addressList, isAddressBlock } from './addresses.ts'
export { type KeyLife, keyStatus } from './life.ts'
export { meetsPermissions, parsePermissions } from './permissions.ts'
export { secretShape } from './secrets.ts'
export { type Window, windowAt } from './windows.ts'
