import { afterEach, expect, test } from 'bun:test'
import { testClock } from '../../../test/support/clock.ts'
import type { RecentChanges } from '../../store/audit.ts'
import type { Change } from '../../store/nodes.ts'
import type { Call } from '../access/audit.ts'
import { type ChangeFeed, createChangeFeed } from './change-feed.ts'

// More is in test/wire/native/changes.test.ts, over the wire.

let feed: ChangeFeed | null = null
afterEach(() => feed?.close())

const changes = (from: number, to: number): Change[] =>
  Array.from({ length: to - from }, (_, n) => ({
    revision: from + 1 + n,
    kind: 'key',
    id: `${n}`,
    action: 'key.update',
    at: 0,
  }))

/** A feed over a database with this many changes, and the revisions after which it was read. */
function scene(revision: number) {
  const database = { revision, incarnation: 'first', isUndecided: false }
  const reads: (number | null)[] = []
  const clock = testClock()
  const store = {
    async recentChanges(after: number | null): Promise<RecentChanges> {
      reads.push(after)
      return { ...database, changes: changes(after ?? 0, database.revision).slice(-1_000) }
    },
  }
  const user = { id: 'u', role: 'SERVICE' }
  const call = { principal: { user, keyId: 'k', access: 'full' } } as unknown as Call
  const made = createChangeFeed({ store, authority: { again: async () => call }, clock })
  feed = made
  /** The kind of news that a follower gets first, and the revisions in it. */
  const first = async (since: number | null) => {
    const { news, release } = await made.follow(call, since)
    const { value } = await news.next()
    release()
    return value?.told === 'changes' ? value.changes.map((change) => change.revision) : value?.told
  }
  return { database, reads, clock, call, first, feed: made }
}

test('the last 1,000 changes are read once, and after that only newer ones', async () => {
  const { database, reads, first } = scene(1_500)
  expect(await first(1_498)).toEqual([1_499, 1_500])
  database.revision = 1_501
  expect(await first(501)).toHaveLength(1_000)
  expect(await first(500)).toBe('snapshot')
  expect([await first(1_501), await first(1_502), await first(null)]).toEqual([[], 'snapshot', 'snapshot'])
  expect(reads).toEqual([null, 1_500, 1_501, 1_501, 1_501, 1_501])
})

test('changes that were kept count no more after a second without a read, and in a database that was replaced', async () => {
  const { database, reads, clock, first } = scene(10)
  expect(await first(8)).toEqual([9, 10])
  clock.advance(1_001)
  expect(await first(8)).toEqual([9, 10])
  expect(reads).toEqual([null, null])
  database.incarnation = 'second'
  database.revision = 11
  expect([await first(8), await first(10)]).toEqual(['snapshot', [11]])
})

test('a follower of a database that has lost changes gets a snapshot', async () => {
  const { database, call, feed: followed } = scene(10)
  const { news } = await followed.follow(call, 10)
  expect((await news.next()).value).toEqual({ told: 'changes', revision: 10, changes: [] })
  database.revision = 9
  expect((await news.next()).value).toEqual({ told: 'snapshot', revision: 9 })
  database.revision = 11
  expect((await news.next()).value).toEqual({ told: 'changes', revision: 11, changes: changes(9, 11) })
})
