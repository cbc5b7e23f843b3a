import { expect, test } from 'bun:test'
import { idOf } from '../../../test/support/records.ts'
import type { Payer } from '../ledger/entries.ts'
import type { KeyId, UserId, WorkspaceId } from '../types.ts'
import { createPayers } from './payers.ts'
import { createWatchedReads } from './watched-reads.ts'

const KEY = idOf<KeyId>(1)
const REF = [{ id: KEY }]

/** Payers over a store in which the key belongs to whom the test says, and whose reads wait. */
function rig() {
  const reads = createWatchedReads()
  const doubts = new Set<string>()
  let owner = 1
  let asked = 0
  let reached = Promise.withResolvers<void>()
  let gate: Promise<void> | null = null
  const payers = createPayers({
    store: {
      async resolveKeys() {
        asked += 1
        const payer: Payer = { keyId: KEY, ownerId: idOf<UserId>(owner), workspaceId: idOf<WorkspaceId>(9) }
        reached.resolve()
        await gate
        return new Map([[KEY, payer]])
      },
    },
    watching: reads.read,
    isInDoubt: (id) => doubts.has(id),
  })
  return {
    payers,
    doubts,
    asked: () => asked,
    ownerOf: async (fromMemory = true) => (await payers.of(REF, fromMemory)).get(KEY)?.ownerId,
    give(to: number) {
      owner = to
      reads.noteChange(KEY)
      payers.forget(KEY)
    },
    /** Holds the next read after it has seen the owner, until it is let go. */
    slowly() {
      const open = Promise.withResolvers<void>()
      reached = Promise.withResolvers<void>()
      gate = open.promise
      return { reached: reached.promise, letGo: () => open.resolve() }
    },
  }
}

test('a payer is read once, and again when its key has changed or memory may not be used', async () => {
  const { payers, ownerOf, give, asked } = rig()
  expect([await ownerOf(), await ownerOf(), asked()]).toEqual([idOf<UserId>(1), idOf<UserId>(1), 1])
  give(2)
  expect([await ownerOf(), asked()]).toEqual([idOf<UserId>(2), 2])
  await ownerOf(false)
  expect(asked()).toBe(3)
  payers.clear()
  await ownerOf()
  expect(asked()).toBe(4)
})

test('a slow read that has seen the owner before a change is not kept, nor is one while the change is in doubt', async () => {
  const { ownerOf, give, slowly, doubts, asked } = rig()
  const slow = slowly()
  const reading = ownerOf()
  await slow.reached
  give(2)
  slow.letGo()
  await reading
  expect(await ownerOf()).toBe(idOf<UserId>(2))
  doubts.add(KEY)
  give(3)
  const before = asked()
  expect([await ownerOf(), await ownerOf(), asked()]).toEqual([idOf<UserId>(3), idOf<UserId>(3), before + 2])
})
