import { describe, expect, test } from 'bun:test'
import { actAt, idOf, NOON } from '../../../test/support/records.ts'
import { Fault } from '../ground/faults.ts'
import type { KeyId, UserId } from '../types.ts'
import type { Denial } from './audit-entry.ts'
import { createDenials } from './denials.ts'

/** Notes over a store that keeps what it is given, and can be made to fail. */
function rig() {
  const rows = new Map<string, Denial>()
  let writes = 0
  let fails = false
  let made = 1_000
  const store = {
    async recordDenials(denials: readonly Denial[]) {
      if (fails) throw new Fault('store_unavailable')
      writes += 1
      await Promise.resolve()
      for (const denial of denials) rows.set(denial.id, denial)
    },
    listAudit: () => Promise.reject(new Error('not asked')),
    findTargets: () => Promise.reject(new Error('not asked')),
    recentChanges: () => Promise.reject(new Error('not asked')),
    purgeAudit: () => Promise.reject(new Error('not asked')),
  }
  const denials = createDenials({
    store,
    newId: <Id extends string>() => {
      made += 1
      return idOf<Id>(made)
    },
  })
  const note = (at: number, { user = 1, key = 1, target = 'none', action = 'key.get' } = {}) =>
    denials.note(actAt(at, { userId: idOf<UserId>(user), keyId: idOf<KeyId>(key) }), {
      action,
      target: { kind: 'key', id: target },
      code: 'key_foreign',
      reason: 'key_foreign: a detail',
    })
  return {
    rows,
    denials,
    note,
    writes: () => writes,
    setFailing(value: boolean) {
      fails = value
    },
  }
}

describe('denied attempts', () => {
  test('a hundred thousand equal attempts are one entry with the first, the last and their number', async () => {
    const { denials, note, rows, writes } = rig()
    for (let n = 0; n < 100_000; n += 1) note(NOON + (n % 5_000))
    await denials.flush()
    note(NOON + 6_000)
    await denials.flush()
    await denials.flush()
    expect(writes()).toBe(2)
    expect([...rows.values()]).toMatchObject([{ count: 100_001, act: { at: NOON }, lastAt: NOON + 6_000 }])
  })

  test('other keys, acts, targets and hours have entries of their own', async () => {
    const { denials, note, rows } = rig()
    note(NOON)
    note(NOON, { key: 2 })
    note(NOON, { action: 'key.update' })
    note(NOON, { target: 'other' })
    note(NOON + 3_600_000)
    await denials.flush()
    expect([...rows.values()].map(({ count }) => count)).toEqual([1, 1, 1, 1, 1])
  })

  test('a user that tries a new target with a new key each time gets a bounded number of entries', async () => {
    const { denials, note, rows } = rig()
    for (let n = 0; n < 50_000; n += 1) note(NOON, { key: n, target: `target-${n}` })
    for (let n = 0; n < 10; n += 1) note(NOON, { user: 2, target: `target-${n}` })
    await denials.flush()
    const theirs = [...rows.values()].filter(({ act }) => act.userId === idOf(1))
    expect(theirs).toHaveLength(51)
    expect(theirs.reduce((sum, { count }) => sum + count, 0)).toBe(50_000)
    expect(theirs.at(-1)).toMatchObject({
      count: 49_950,
      act: { keyId: null },
      audit: { action: '*', target: { kind: 'system', id: null }, reason: 'key_foreign' },
    })
    // It has cost nobody else an entry.
    expect(rows.size).toBe(61)
  })

  test('denials that could not be written are written later, with the new ones', async () => {
    const { denials, note, rows, setFailing } = rig()
    note(NOON)
    note(NOON, { target: 'never again' })
    setFailing(true)
    await expect(denials.flush()).rejects.toThrow()
    note(NOON + 1)
    note(NOON + 2, { target: 'other' })
    setFailing(false)
    await denials.flush()
    expect([...rows.values()].map(({ count }) => count)).toEqual([2, 1, 1])
  })

  test('while nothing can be written, memory has a bound', async () => {
    const { denials, note, rows, setFailing } = rig()
    setFailing(true)
    for (let n = 0; n < 20_000; n += 1) note(NOON, { user: n })
    setFailing(false)
    await denials.flush()
    expect(rows.size).toBe(10_000)
  })
})
