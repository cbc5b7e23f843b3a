import { expect, test } from 'bun:test'
import fc from 'fast-check'
import { keyNumber, NOON, userNumber, workspaceNumber } from '../../../test/support/records.ts'
import { addressMatcher } from '../ground/addresses.ts'
import { heldPermissions, meetsExpression, parseExpression } from '../ground/permissions.ts'
import type { Key, StoredSecret } from '../types.ts'
import { createPreparations, meets, type ReadyFacts } from './prepared.ts'
import { refuse } from './verify.ts'

function factsOf(
  members: Partial<Key>,
  secret: Partial<StoredSecret> = {},
  ownerDisabled = false,
): ReadyFacts {
  const key = keyNumber(10, members)
  return {
    key,
    secret: { ...key.secrets[0], ...secret },
    owner: userNumber(1, { disabled: ownerDisabled }),
    workspace: workspaceNumber(2),
    allowsAddress: key.allowedIps.length === 0 ? null : addressMatcher(key.allowedIps),
    prepared: null,
  }
}

const moments = fc.integer({ min: -3, max: 3 }).map((minutes) => NOON + minutes * 60_000)
const ends = fc.oneof(fc.constant(null), moments)

test('within its usable time the record does not refuse a key; outside it does, or an address decides', () => {
  const seen = { usable: 0, refused: 0 }
  const records = fc.record({
    members: fc.record({
      disabled: fc.oneof(
        { weight: 4, arbitrary: fc.constant(false) },
        { weight: 1, arbitrary: fc.constant(true) },
      ),
      access: fc.constantFrom('use' as const, 'use' as const, 'full' as const, 'manage' as const),
      notBefore: ends,
      expiresAt: ends,
      revokedAt: fc.oneof({ weight: 4, arbitrary: fc.constant(null) }, { weight: 1, arbitrary: moments }),
      allowedIps: fc.constantFrom<string[]>([], [], [], ['10.0.0.1']),
    }),
    secretEnds: ends,
    ownerDisabled: fc.constantFrom(false, false, false, true),
    now: moments,
  })
  fc.assert(
    fc.property(records, ({ members, secretEnds, ownerDisabled, now }) => {
      const facts = factsOf(members, { expiresAt: secretEnds }, ownerDisabled)
      const { usableFrom, usableUntil } = createPreparations().of(facts)
      const isUsable = usableFrom <= now && now < usableUntil
      const refusal = refuse(facts, {}, now)
      seen[isUsable ? 'usable' : 'refused'] += 1
      expect(isUsable).toBe(refusal === null)
    }),
    { numRuns: 2_000 },
  )
  console.log('usable or not:', seen)
  expect(Math.min(seen.usable, seen.refused)).toBeGreaterThan(50)
})

test('a demand on permissions is judged by its content, whatever was demanded before', () => {
  const demands = ['documents.read', 'admin', 'documents.read and not admin', 'admin or documents.write'].map(
    parseExpression,
  )
  const facts = factsOf({ permissions: ['documents.*'] })
  createPreparations().of(facts)
  const answers = new Set<boolean>()
  fc.assert(
    fc.property(fc.constantFrom(...demands), (demand) => {
      const expected = meetsExpression(heldPermissions(facts.key.permissions), demand)
      answers.add(expected)
      expect(meets(facts, demand)).toBe(expected)
    }),
  )
  expect(answers.size).toBe(2)
})

test('a bounded number of preparations is kept; dropped ones are computed again when needed', () => {
  const preparations = createPreparations(3)
  const facts = Array.from({ length: 5 }, () => factsOf({}))
  const first = facts.map((each) => preparations.of(each))
  expect(facts.map(({ prepared }) => prepared !== null)).toEqual([false, false, false, true, true])
  const [again] = facts
  expect(again === undefined ? null : preparations.of(again)).toEqual(first[0] ?? null)
  expect(facts.filter(({ prepared }) => prepared !== null)).toHaveLength(3)
})
