import { describe, expect, test } from 'bun:test'
import {
  DEFAULT_WORKSPACE,
  idOf,
  keyNumber,
  secretNumber,
  userNumber,
  workspaceNumber,
} from '../../../test/support/records.ts'
import type { Store } from '../../store/store.ts'
import { MAX } from '../ground/bounds.ts'
import type { KeyRef } from '../keys/queries.ts'
import type { Digest, UserId } from '../types.ts'
import { createFacts, type Facts } from './facts.ts'
import type { KeyFacts } from './key-facts.ts'

const OWNERS = 1_000
const clock = { now: () => Date.parse('2026-11-22T12:00:00Z') }
const workspace = workspaceNumber(2, { isDefault: true })
const ownerOf = (n: number) => idOf<UserId>(1_000_000 + (n % OWNERS))

/** Memory over a store that makes up facts: the n-th key belongs to one of a thousand users, all to one workspace. */
function memory(): { facts: Facts; reads: () => number; load(n: number): Promise<unknown> } {
  let reads = 0
  const store: Pick<Store, 'findFacts' | 'settled'> = {
    async settled() {},
    async findFacts(ref: KeyRef): Promise<KeyFacts> {
      reads += 1
      const n = Number.parseInt('digest' in ref ? ref.digest : '0', 16)
      const key = keyNumber(n, { ownerId: ownerOf(n), workspaceId: DEFAULT_WORKSPACE })
      const owner = userNumber(1_000_000 + (n % OWNERS))
      return { key, secret: secretNumber(n), owner, workspace }
    },
  }
  const facts = createFacts({ store: store as Store, clock, bytesMax: 10_000_000_000 })
  return { facts, reads: () => reads, load: (n) => facts.reload(digest(n)) }
}

function digest(n: number): Digest {
  return secretNumber(n).digest
}

describe('forgetting', () => {
  test(`a user or workspace is forgotten in under 1 ms, whatever of ${MAX.factsInMemory} facts rests on it`, async () => {
    const { facts, load } = memory()
    for (let n = 1; n <= MAX.factsInMemory; n += 1) await load(n)
    expect(facts.count()).toBe(MAX.factsInMemory)
    const records = [
      ...Array.from({ length: 50 }, (_, n) => ({ kind: 'user' as const, id: ownerOf(n) })),
      { kind: 'workspace' as const, id: DEFAULT_WORKSPACE },
    ]
    const costs = records.map((record) => {
      const startedAt = performance.now()
      facts.forget(record, 1)
      return performance.now() - startedAt
    })
    costs.sort((one, other) => one - other)
    const median = costs[Math.floor(costs.length / 2)] ?? 0
    process.stdout.write(
      `forgetting: median ${median.toFixed(4)} ms, longest ${costs.at(-1)?.toFixed(4)} ms\n`,
    )
    expect(median).toBeLessThan(1)
    for (let n = 1; n <= MAX.factsInMemory; n += 997) expect(facts.remembered(digest(n))).toBeUndefined()
  }, 60_000)

  test('of a user drops its facts and no others, also when it was read again in between', async () => {
    const { facts, load } = memory()
    for (const n of [1, 2, 1_001]) await load(n)
    facts.forget({ kind: 'user', id: ownerOf(1) }, 1)
    await load(1)
    expect([1, 2, 1_001].map((n) => facts.remembered(digest(n)) !== undefined)).toEqual([true, true, false])
    await load(1_001)
    facts.forget({ kind: 'user', id: ownerOf(1) }, 2)
    expect([1, 2, 1_001].map((n) => facts.remembered(digest(n)) !== undefined)).toEqual([false, true, false])
  })

  test('of a key drops the facts of all its secrets at once', async () => {
    const { facts, load, reads } = memory()
    await load(5)
    facts.forget({ kind: 'key', id: idOf(5) }, 1)
    expect([facts.remembered(digest(5)), facts.count(), reads()]).toEqual([undefined, 0, 1])
  })
})
