import { afterEach, describe, expect, test } from 'bun:test'
import { Fault } from '../../core/ground/faults.ts'
import { type ForwardOnly, watchRevision } from './forward-only.ts'
import type { Standing } from './losses.ts'

const watches: ForwardOnly[] = []
afterEach(() => {
  for (const watch of watches.splice(0)) watch.close()
})

/** A watch that has seen revision 5 of a database whose state the test names, look by look. */
async function watched() {
  const notices: string[] = []
  let now: Standing = { revision: 5, accepted: 0, until: null }
  const watch = watchRevision(
    async () => now,
    (what) => notices.push(what),
  )
  watches.push(watch)
  await watch.look()
  const sees = async (state: Standing) => {
    now = state
    await watch.look()
    try {
      watch.requireForward()
      return 'used'
    } catch (error) {
      if (error instanceof Fault && error.code === 'store_unavailable') return 'refused'
      throw error
    }
  }
  return { sees, notices, watch }
}

describe('a database that went back', () => {
  test('is used again when its mark is gone', async () => {
    const { sees, notices } = await watched()
    expect(await sees({ revision: 4, accepted: 0, until: null })).toBe('refused')
    expect(await sees({ revision: 5, accepted: 0, until: 5 })).toBe('refused')
    expect(await sees({ revision: 6, accepted: 5, until: null })).toBe('used')
    expect(notices).toEqual([expect.stringContaining('gone back'), expect.stringContaining('is accepted')])
  })

  test('is used again when its mark came and went between two looks', async () => {
    const { sees } = await watched()
    expect(await sees({ revision: 4, accepted: 0, until: null })).toBe('refused')
    expect(await sees({ revision: 6, accepted: 5, until: null })).toBe('used')
  })

  test('is used again when this process has answered a change of its own before it was accepted', async () => {
    const { sees, watch } = await watched()
    expect(await sees({ revision: 4, accepted: 0, until: null })).toBe('refused')
    // A node revokes a key again that it remembers as revoked.
    watch.answering(6)
    expect(await sees({ revision: 5, accepted: 5, until: null })).toBe('refused')
    expect(await sees({ revision: 7, accepted: 5, until: null })).toBe('used')
  })

  test('stays refused when new changes reach the number of the lost ones', async () => {
    const { sees } = await watched()
    expect(await sees({ revision: 4, accepted: 0, until: null })).toBe('refused')
    expect(await sees({ revision: 9, accepted: 0, until: null })).toBe('refused')
  })

  test('stays refused when only an earlier loss was accepted', async () => {
    const { sees } = await watched()
    expect(await sees({ revision: 4, accepted: 3, until: null })).toBe('refused')
    expect(await sees({ revision: 9, accepted: 4, until: null })).toBe('refused')
  })
})
