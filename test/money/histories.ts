import fc from 'fast-check'
import { LIMIT_WINDOWS } from '../../src/core/money/windows.ts'
import type { Command } from './commands.ts'
import type { KeyName, Scope } from './model.ts'

const key = fc.constantFrom<KeyName>('key0', 'key1')
const scope = fc.constantFrom<Scope>('key0', 'key1', 'owner', 'workspace')
const window = fc.constantFrom(...LIMIT_WINDOWS)
// Small amounts and small limits, so that limits are reached often.
const amount = fc.bigInt({ min: 0n, max: 12n })
const hour = 3_600_000
const step = fc.oneof(
  fc.integer({ min: 1, max: 2 * hour }),
  fc.integer({ min: -hour, max: -1 }),
  fc.constantFrom(24 * hour, 7 * 24 * hour, 31 * 24 * hour, -24 * hour),
)

/** Random commands, weighted towards taking and giving back money. */
const command: fc.Arbitrary<Command> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant('reserve' as const),
      key,
      amount: fc.bigInt({ min: 1n, max: 12n }),
      ttlMs: fc.integer({ min: 1, max: hour }),
      chargedOnExpiry: fc.boolean(),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('extend' as const),
      pick: fc.nat(50),
      amount: fc.option(fc.bigInt({ min: 1n, max: 24n })),
      ttlMs: fc.oneof(fc.integer({ min: 1, max: 5 * hour }), fc.constant(7 * 24 * hour)),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('settle' as const),
      pick: fc.nat(50),
      amount,
      byok: fc.bigInt({ min: 0n, max: 3n }),
    }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('release' as const), pick: fc.nat(50) }) },
  {
    weight: 5,
    arbitrary: fc.record({ do: fc.constant('charge' as const), key, amount, id: fc.option(fc.nat(8)) }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('verify' as const), key }) },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('report' as const),
      key,
      amount,
      byok: amount,
      id: fc.nat(8),
      agoMs: fc.nat(3 * hour),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('correct' as const),
      pick: fc.nat(50),
      amount: fc.option(fc.bigInt({ min: 1n, max: 12n })),
      id: fc.nat(20),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant('limit' as const),
      scope,
      window,
      limit: fc.option(fc.bigInt({ min: 0n, max: 60n })),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant('boost' as const),
      pick: fc.nat(50),
      boost: fc.option(
        fc.record({
          amount: fc.bigInt({ min: 1n, max: 30n }),
          forMs: fc.oneof(fc.integer({ min: 1, max: 3 * hour }), fc.constant(30 * hour)),
        }),
        { freq: 4 },
      ),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ do: fc.constant('boostEnd' as const), pick: fc.nat(50), beforeMs: fc.nat(1) }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('byok' as const), scope, counts: fc.boolean() }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('rotate' as const), key }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('disable' as const), key, disabled: fc.boolean() }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('clock' as const), stepMs: step }) },
  { weight: 1, arbitrary: fc.constant({ do: 'restart' as const }) },
)

/** A hold under a daily limit that is extended on the next day: too rare among independent random commands. */
export const extendedNextDay: fc.Arbitrary<readonly Command[]> = fc
  .record({
    limit: fc.bigInt({ min: 1n, max: 12n }),
    held: fc.bigInt({ min: 1n, max: 12n }),
    asked: fc.bigInt({ min: 1n, max: 24n }),
  })
  .map(({ limit, held, asked }) => [
    { do: 'limit', scope: 'key0', window: 'daily', limit },
    { do: 'reserve', key: 'key0', amount: held, ttlMs: hour, chargedOnExpiry: false },
    { do: 'extend', pick: 0, amount: null, ttlMs: 7 * 24 * hour },
    { do: 'clock', stepMs: 24 * hour },
    { do: 'extend', pick: 0, amount: asked, ttlMs: hour },
  ])

/** A boost that is used, ends, and is asked for again: too rare among independent random commands. */
export const boostOver: fc.Arbitrary<readonly Command[]> = fc
  .record({
    window,
    limit: fc.bigInt({ min: 1n, max: 12n }),
    added: fc.bigInt({ min: 1n, max: 12n }),
    forMs: fc.integer({ min: 1, max: 3 * hour }),
    used: fc.bigInt({ min: 1n, max: 24n }),
    beforeMs: fc.nat(1),
    asked: fc.bigInt({ min: 1n, max: 12n }),
    by: fc.constantFrom('charge' as const, 'reserve' as const, 'verify' as const),
  })
  .map(({ window, limit, added, forMs, used, beforeMs, asked, by }) => [
    { do: 'limit', scope: 'key0', window, limit },
    { do: 'boost', pick: 0, boost: { amount: added, forMs } },
    { do: 'charge', key: 'key0', amount: used, id: null },
    { do: 'boostEnd', pick: 0, beforeMs },
    askedBy(by, asked),
  ])

function askedBy(by: 'charge' | 'reserve' | 'verify', amount: bigint): Command {
  if (by === 'charge') return { do: by, key: 'key0', amount, id: null }
  if (by === 'reserve') return { do: by, key: 'key0', amount, ttlMs: hour, chargedOnExpiry: false }
  return { do: by, key: 'key0' }
}

/** Any commands one after the other. */
export const anyHistory: fc.Arbitrary<readonly Command[]> = fc.array(command, {
  minLength: 5,
  maxLength: 60,
  size: 'max',
})
