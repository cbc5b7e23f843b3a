/**
 * For the tests of programs that use Latchkey: a fake in the place of a server, without a network.
 *
 * @example
 * import { Latchkey } from '@latchkey/client'
 * import { FakeLatchkey } from '@latchkey/client/testing'
 *
 * const fake = new FakeLatchkey()
 * const latchkey = new Latchkey({ baseUrl: 'http://latchkey.example', apiKey: 'any', fetch: fake.fetch })
 * const verdict = await latchkey.verify({ key: 'unknown', permissions: [] })
 * console.log(verdict.code)
 *
 * @module
 */
export type { FakeKey } from './account.ts'
export type { FakeAnswer } from './answers.ts'
export { type FakeCall, type FakeHandler, FakeLatchkey } from './fake.ts'
