import { afterAll, expect, test } from 'bun:test'
import { join } from 'node:path'
import { temporaryFolder } from '../../../test/support/server.ts'
import type { Act } from '../../core/access/audit-entry.ts'
import { workingFor } from '../reading/short-reads.ts'
import { openSqlite } from '../sqlite/open.ts'
import { createGate } from './gate.ts'

const db = await openSqlite(join(temporaryFolder(), 'latchkey.db'), (reason) => {
  throw new Error(reason)
})
afterAll(() => db.close())

test('a change that is made and cannot be noted is announced, and nothing is writable until it is noted', async () => {
  const happened: string[] = []
  let isBroken = true
  const gate = createGate({
    ...db,
    others: { announce: () => happened.push('announced') } as unknown as NonNullable<typeof db.others>,
    async willAnswer(revision) {
      happened.push(`note ${revision}`)
      if (isBroken) throw Object.assign(new Error('EIO: i/o error, write'), { code: 'EIO' })
    },
  })
  const act = { userId: 'u', keyId: 'k' } as unknown as Act
  const unavailable = expect.objectContaining({ code: 'store_unavailable' })
  expect(await gate.change({ act }, 'record', async () => 7).catch((error) => error)).toEqual(unavailable)
  expect(happened).toEqual(['announced', 'note 7'])
  expect(await gate.requireWritable().catch((error) => error)).toEqual(unavailable)
  expect(happened).toEqual(['announced', 'note 7', 'note 7'])

  isBroken = false
  await gate.requireWritable()
  await gate.requireWritable()
  expect(happened).toEqual(['announced', 'note 7', 'note 7', 'note 7'])
})

test('a note that comes through beside a higher one that failed does not end that', async () => {
  const lower = Promise.withResolvers<void>()
  let isBroken = true
  const gate = createGate({
    ...db,
    async willAnswer(revision) {
      if (revision === 5) return lower.promise
      if (isBroken) throw Object.assign(new Error('EIO: i/o error, write'), { code: 'EIO' })
    },
  })
  const act = { userId: 'u', keyId: 'k' } as unknown as Act
  const first = gate.change({ act }, 'one', async () => 5)
  const unavailable = expect.objectContaining({ code: 'store_unavailable' })
  expect(await gate.change({ act }, 'other', async () => 6).catch((error) => error)).toEqual(unavailable)
  lower.resolve()
  expect(await first).toBe(5)
  expect(await gate.requireWritable().catch((error) => error)).toEqual(unavailable)
  isBroken = false
  await gate.requireWritable()
})

test('a read for all does not wait behind the reads of the caller who happens to begin it', async () => {
  const gate = createGate(db)
  let ended = 0
  const read = async () => {
    await new Promise((resolve) => setImmediate(resolve))
    ended += 1
  }
  await workingFor({ userId: 'greedy', keyId: 'k' }, async () => {
    const many = Array.from({ length: 200 }, () => gate.look(read))
    await gate.lookForAll(read)
    expect(ended).toBeLessThan(20)
    await Promise.all(many)
  })
  expect(ended).toBe(201)
})
