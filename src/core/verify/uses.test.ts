import { expect, test } from 'bun:test'
import { idOf, NOON } from '../../../test/support/records.ts'
import type { KeyId } from '../types.ts'
import type { KeyUse } from './key-facts.ts'
import { createLastUsed, type NotedUse } from './uses.ts'

const KEY = idOf<KeyId>(10)

function rig() {
  const written: KeyUse[] = []
  const store = {
    async recordUses(uses: readonly KeyUse[]) {
      written.push(...uses.map((use) => ({ ...use })))
    },
  }
  return { written, lastUsed: createLastUsed(store as Parameters<typeof createLastUsed>[0]) }
}

test('whoever keeps its note counts as everybody does, over flushes and beside others', async () => {
  const { written, lastUsed } = rig()
  let last: NotedUse | null = null
  last = lastUsed.noteAgain(KEY, NOON, last)
  lastUsed.note(KEY, NOON + 5)
  last = lastUsed.noteAgain(KEY, NOON + 2, last)
  await lastUsed.flush()
  expect(written.splice(0)).toEqual([{ keyId: KEY, at: NOON + 5, count: 3 }])
  last = lastUsed.noteAgain(KEY, NOON + 6, last)
  expect(lastUsed.noteAgain(KEY, NOON + 7, last)).toBe(last)
  await lastUsed.flush()
  expect(written).toEqual([{ keyId: KEY, at: NOON + 7, count: 2 }])
})

test('uses that could not be written are written with the next ones, once', async () => {
  const written: KeyUse[] = []
  let fails = true
  const store = {
    async recordUses(uses: readonly KeyUse[]) {
      if (fails) throw new Error('away')
      written.push(...uses.map((use) => ({ ...use })))
    },
  }
  const lastUsed = createLastUsed(store as Parameters<typeof createLastUsed>[0])
  const last = lastUsed.noteAgain(KEY, NOON, null)
  await expect(lastUsed.flush()).rejects.toThrow('away')
  fails = false
  lastUsed.noteAgain(KEY, NOON + 1, last)
  await lastUsed.flush()
  await lastUsed.flush()
  expect(written).toEqual([{ keyId: KEY, at: NOON + 1, count: 2 }])
})
