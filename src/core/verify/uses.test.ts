import { expect, test } from 'bun:test'
import { idOf, NOON } from '../../../test/support/records.ts'
import type { KeyId } from '../types.ts'
import type { KeyUse } from './key-facts.ts'
import { createLastUsed, type NotedUse } from './uses.ts'

const KEY = idOf<KeyId>(10)

/** Over a store that keeps what is written. Uses of at most so many keys are written at once. */
function rig(promptMax = 0) {
  const written: KeyUse[] = []
  const store = {
    async recordUses(uses: readonly KeyUse[]) {
      written.push(...uses.map((use) => ({ ...use })))
    },
  }
  return { written, lastUsed: over(store, promptMax) }
}

function over(store: { recordUses(uses: readonly KeyUse[]): Promise<void> }, promptMax: number) {
  return createLastUsed(store as Parameters<typeof createLastUsed>[0], promptMax)
}

test('a caller that keeps its noted use counts like any other, over flushes and beside others', async () => {
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
  const lastUsed = over(store, 0)
  const last = lastUsed.noteAgain(KEY, NOON, null)
  await expect(lastUsed.flush()).rejects.toThrow('away')
  fails = false
  lastUsed.noteAgain(KEY, NOON + 1, last)
  await lastUsed.flush()
  await lastUsed.flush()
  expect(written).toEqual([{ keyId: KEY, at: NOON + 1, count: 2 }])
})

test('a first use is written by the next flush, those after it by the tenth, and none is lost or written twice', async () => {
  const { written, lastUsed } = rig()
  const other = idOf<KeyId>(11)
  let noted: NotedUse | null = null
  const counts: number[] = []
  for (let flush = 1; flush <= 25; flush += 1) {
    noted = lastUsed.noteAgain(KEY, NOON + flush, noted)
    lastUsed.note(KEY, NOON + flush)
    if (flush === 7) lastUsed.note(other, NOON)
    await lastUsed.flushNew()
    counts.push(written.length)
    // Whoever asks for the last use is told of those that wait, too.
    if (counts.at(-1) === counts.at(-2)) expect(lastUsed.noted(KEY)).toBe(NOON + flush)
  }
  const moments = counts.flatMap((count, n) => (count > (counts[n - 1] ?? 0) ? [n + 1] : []))
  expect(moments).toEqual([1, 7, 10, 20])
  await lastUsed.flush()
  expect(written.filter(({ keyId }) => keyId === other)).toEqual([{ keyId: other, at: NOON, count: 1 }])
  const own = written.filter(({ keyId }) => keyId === KEY)
  expect(own.reduce((sum, { count }) => sum + count, 0)).toBe(50)
  expect(own.at(-1)?.at).toBe(NOON + 25)
})

test('while few keys are in use, every flush writes all of them', async () => {
  const { written, lastUsed } = rig(2)
  const [other, third] = [idOf<KeyId>(11), idOf<KeyId>(12)]
  const flushedOf = async (...ids: KeyId[]) => {
    for (const id of ids) lastUsed.note(id, NOON)
    await lastUsed.flushNew()
    return written.splice(0).length
  }
  expect(await flushedOf(KEY, other)).toBe(2)
  expect(await flushedOf(KEY, other)).toBe(2)
  // With a third key they are many, and those that were written lately wait.
  expect(await flushedOf(KEY, other, third)).toBe(1)
  expect(await flushedOf()).toBe(2)
})

test('a use that could not be written is a first use again, beside what was noted meanwhile', async () => {
  const away = Promise.withResolvers<void>()
  const written: KeyUse[] = []
  let tries = 0
  const store = {
    async recordUses(uses: readonly KeyUse[]) {
      tries += 1
      if (tries === 1) await away.promise
      written.push(...uses.map((use) => ({ ...use })))
    },
  }
  const lastUsed = over(store, 0)
  let noted = lastUsed.noteAgain(KEY, NOON, null)
  const flushing = lastUsed.flushNew()
  noted = lastUsed.noteAgain(KEY, NOON + 1, noted)
  away.reject(new Error('away'))
  await expect(flushing).rejects.toThrow('away')
  lastUsed.noteAgain(KEY, NOON + 2, noted)
  await lastUsed.flushNew()
  expect(written).toEqual([{ keyId: KEY, at: NOON, count: 1 }])
  await lastUsed.flush()
  expect(written.reduce((sum, { count }) => sum + count, 0)).toBe(3)
})
