import { describe, expect, test } from 'bun:test'
import type { Change, Feed } from '../store/nodes.ts'
import type { Reading } from './lease.ts'
import { createMember } from './member.ts'

const LEASE_MS = 1_000
const at = (monotonicMs: number, wallMs = monotonicMs): Reading => ({ monotonicMs, wallMs })
const change = (revision: number): Change => ({
  revision,
  kind: 'key',
  id: `key ${revision}`,
  action: 'key.update',
  at: 0,
})
const feedOf = (revision: number, changes: Change[] | null, incarnation = 'first'): Feed => ({
  revision,
  changes,
  incarnation,
  isUndecided: false,
  schema: 'ours',
})

/** A node that has joined and whose lease was sent at 0. */
function member() {
  let lives = 0
  const forgotten: (string | null)[] = []
  const node = createMember({
    leaseMs: LEASE_MS,
    pollMs: () => 100,
    newId: () => `life ${++lives}`,
    memory: { forget: ({ id }) => forgotten.push(id), forgetAll: () => forgotten.push('all') },
  })
  /** Sends the due request and answers it. */
  const exchange = (sentAt: Reading, feed: Feed | null) => {
    const request = node.next(sentAt)
    if (request === null) return null
    const answer = feed === null ? ({ told: 'evicted' } as const) : ({ told: 'feed', feed } as const)
    node.answered(request, sentAt, request.ask === 'join' ? { told: 'joined' } : answer)
    return request
  }
  exchange(at(0), null)
  exchange(at(0), feedOf(4, null))
  exchange(at(0), feedOf(4, []))
  return { ...node, exchange, forgotten }
}

describe('a node on its lease', () => {
  test('uses memory for nine tenths of the lease, counted from the moment when the renewal was sent', () => {
    const node = member()
    expect(node.isFresh(at(899))).toBe(true)
    expect(node.isFresh(at(900))).toBe(false)
  })

  test('a machine that slept, or whose clock was set back, does not use its memory', () => {
    const node = member()
    expect(node.isFresh(at(10, 900))).toBe(false)
    expect(node.isFresh(at(400, 149))).toBe(false)
    expect(node.isFresh(at(400, 151))).toBe(true)
  })

  test('forgets everything with the first feed, because facts that were read before may be outdated', () => {
    expect(member().forgotten).toEqual(['all'])
  })

  test('a poll makes memory forget and does not prolong the lease; the change is acknowledged after it was applied', () => {
    const node = member()
    expect(node.exchange(at(150), feedOf(5, [change(5)]))).toEqual({ ask: 'poll', since: 4 })
    expect(node.forgotten).toEqual(['all', 'key 5'])
    expect(node.isFresh(at(900))).toBe(false)
    expect(node.exchange(at(151), feedOf(5, []))).toEqual({
      ask: 'acknowledge',
      node: 'life 1',
      applied: 5,
      since: 5,
    })
    expect(node.isFresh(at(900))).toBe(false)
  })

  test('joins under another name after an unanswered attempt, which may still arrive', () => {
    const { next } = createMember({
      leaseMs: LEASE_MS,
      pollMs: () => 100,
      newId: (
        (lives) => () =>
          `life ${++lives}`
      )(0),
      memory: { forget() {}, forgetAll() {} },
    })
    expect([next(at(0)), next(at(400))]).toEqual([
      { ask: 'join', node: 'life 1', leaseMs: LEASE_MS },
      { ask: 'join', node: 'life 2', leaseMs: LEASE_MS },
    ])
  })

  test('sends nothing while nothing is due, and a request at once when it is woken', () => {
    const node = member()
    expect(node.next(at(50))).toBeNull()
    node.wake()
    expect(node.next(at(50))).toEqual({ ask: 'poll', since: 4 })
    expect(node.next(at(334))?.ask).toBe('renew')
  })

  test('says how long it is until a request is due: to the millisecond, whether of a poll or of a renewal', () => {
    const [polling, renewing] = [member(), member()]
    expect(polling.dueInMs(at(40))).toBe(60)
    expect([polling.next(at(99)), polling.next(at(100))?.ask]).toEqual([null, 'poll'])
    expect(renewing.exchange(at(300), feedOf(4, []))?.ask).toBe('poll')
    expect(renewing.dueInMs(at(301))).toBeCloseTo(LEASE_MS / 3 - 301, 6)
    expect([renewing.next(at(333)), renewing.next(at(334))?.ask]).toEqual([null, 'renew'])
    polling.wake()
    expect(polling.dueInMs(at(40))).toBe(0)
    expect(renewing.dueInMs(at(5_000))).toBe(0)
  })

  test('forgets everything when it is too far behind', () => {
    const node = member()
    node.exchange(at(150), feedOf(2_000, null))
    expect(node.forgotten).toEqual(['all', 'all'])
    expect(node.applied()).toBe(2_000)
  })

  test('stops using memory when its row is gone, and joins again under another name', () => {
    const node = member()
    node.exchange(at(340), null)
    expect(node.isFresh(at(341))).toBe(false)
    expect(node.exchange(at(342), null)).toEqual({ ask: 'join', node: 'life 2', leaseMs: LEASE_MS })
    expect(node.isFresh(at(343))).toBe(false)
    node.exchange(at(344), feedOf(4, []))
    expect(node.isFresh(at(345))).toBe(true)
  })

  test.each([
    ['was restarted', feedOf(9, [change(5)], 'second')],
    ['came back older', feedOf(3, null)],
  ])('whose database %s forgets everything, begins anew, and trusts it only when told', (_, feed) => {
    const node = member()
    node.exchange(at(340), feed)
    expect(node.forgotten).toEqual(['all', 'all'])
    expect(node.isFresh(at(341))).toBe(false)
    expect(node.next(at(342))?.ask).toBe('join')
    node.exchange(at(342), null)
    const { incarnation } = feed
    for (const sentAt of [343, 344]) node.exchange(at(sentAt), feedOf(feed.revision, [], incarnation))
    expect([node.isInDoubt(), node.isFresh(at(345))]).toEqual([true, false])
    node.trust()
    expect([node.isInDoubt(), node.isFresh(at(345))]).toEqual([false, true])
  })

  test('is in doubt from the first feed of a database that somebody else found to have lost changes', () => {
    const node = member()
    node.exchange(at(340), { ...feedOf(5, [change(5)]), isUndecided: true })
    expect(node.isFresh(at(341))).toBe(false)
    expect(node.forgotten).toEqual(['all', 'all', 'key 5'])
  })
})
