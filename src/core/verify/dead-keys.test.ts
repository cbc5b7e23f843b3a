import { expect, test } from 'bun:test'
import { testClock } from '../../../test/support/clock.ts'
import { keyNumber, NOON, userNumber, workspaceNumber } from '../../../test/support/records.ts'
import type { Key } from '../types.ts'
import { createDeadKeys } from './dead-keys.ts'
import type { KeyFacts } from './key-facts.ts'

function factsOf(n: number, members: Partial<Key> = {}): KeyFacts {
  const key = keyNumber(n, members)
  return { key, secret: key.secrets[0], owner: userNumber(1), workspace: workspaceNumber(2) }
}

test('a revoked key stays revoked when the database no longer has the revocation', () => {
  const dead = createDeadKeys(testClock(NOON))
  const alive = factsOf(10)
  expect(dead.asKnown(alive)).toBe(alive)
  dead.note(alive.key.id)
  expect(dead.asKnown(alive)).toEqual({ ...alive, key: { ...alive.key, revokedAt: NOON } })
  // The record itself is not touched: somebody else may hold it.
  expect(alive.key.revokedAt).toBeNull()
})

test('a key that was once read as revoked stays revoked, and keeps its time of revocation', () => {
  const dead = createDeadKeys(testClock(NOON))
  const revoked = factsOf(10, { revokedAt: NOON - 5_000 })
  expect(dead.asKnown(revoked)).toBe(revoked)
  expect(dead.asKnown(factsOf(10)).key.revokedAt).toBe(NOON)
  expect(dead.asKnown(factsOf(11)).key.revokedAt).toBeNull()
})
