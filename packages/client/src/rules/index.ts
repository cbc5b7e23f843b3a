/**
 * The rules by which a server decides, without a server: for tests, for forms, for tools. They are the server's own
 * (test/sdk-cases.json holds both to the same rows), but only a server knows whether a key may be used.
 *
 * @module
 */
export { type AddressList, addressList, isAddressBlock } from './addresses.ts'
export { type KeyLife, keyStatus } from './life.ts'
export { meetsPermissions, parsePermissions } from './permissions.ts'
export { secretShape } from './secrets.ts'
export { type Window, windowAt } from './windows.ts'
