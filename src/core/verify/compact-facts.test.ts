import { expect, test } from 'bun:test'
import {
  digestNumber,
  keyNumber,
  ROOT_USER,
  secretNumber,
  userNumber,
  workspaceNumber,
} from '../../../test/support/records.ts'
import type { Key } from '../types.ts'
import { compactFacts } from './compact-facts.ts'

const OWNER = userNumber(1)
const WORKSPACE = workspaceNumber(2)

test.each<[string, Partial<Key>]>([
  ['its owner made it', {}],
  ['another user made it, and its owner changed it', { createdById: userNumber(5).id }],
  ['another user made and changed it', { createdById: userNumber(5).id, updatedById: userNumber(5).id }],
  ['two other users made and changed it', { createdById: userNumber(5).id, updatedById: userNumber(6).id }],
  ['its hash is not that of a live secret', { hash: digestNumber(99) }],
])('compacting changes no value of a key: %s', (_, members) => {
  const key = keyNumber(10, members)
  const facts = { key, secret: key.secrets[0], owner: OWNER, workspace: WORKSPACE }
  expect(key.ownerId).toBe(ROOT_USER)
  expect(compactFacts(structuredClone(facts))).toEqual(facts)
})

test('the secret by which a key was found is the one in its list, and not a copy of it', () => {
  const key = keyNumber(10, { secrets: [secretNumber(10), secretNumber(11)] })
  const found = { key, secret: structuredClone(secretNumber(11)), owner: OWNER, workspace: WORKSPACE }
  const compact = compactFacts(found)
  expect(compact.secret).toBe(compact.key.secrets[1] as typeof compact.secret)
  expect(compact.owner).toBe(OWNER)
})

test('a secret that is no longer in the list of its key is kept as it was read', () => {
  const key = keyNumber(10)
  const gone = secretNumber(11)
  expect(compactFacts({ key, secret: gone, owner: OWNER, workspace: WORKSPACE }).secret).toBe(gone)
})

test('empty members are the same ones for all keys, which nobody can fill', () => {
  const [one, other] = [10, 11].map((n) => {
    const key = keyNumber(n, { permissions: [], rateLimits: [], labels: {}, limits: {} })
    return compactFacts({ key, secret: key.secrets[0], owner: OWNER, workspace: WORKSPACE }).key
  })
  for (const name of ['labels', 'limits', 'boosts', 'restrictions', 'permissions', 'rateLimits'] as const)
    expect(one?.[name]).toBe(other?.[name] as never)
  expect(() => one?.permissions.push('documents.read')).toThrow()
  expect(() => Object.assign(one?.labels ?? {}, { env: 'prod' })).toThrow()
})
