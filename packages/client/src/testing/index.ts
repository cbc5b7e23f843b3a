/**
 * For the tests of programs that use Latchkey: a fake in the place of a server, without a network.
 *
 * @module
 */
export type { FakeKey } from './account.ts'
export type { FakeAnswer } from './answers.ts'
export { type FakeCall, type FakeHandler, FakeLatchkey } from './fake.ts'
