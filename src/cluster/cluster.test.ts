import { afterEach, describe, expect, test } from 'bun:test'
import type { Feed, NodeStore } from '../store/nodes.ts'
import { type Cluster, joinCluster } from './cluster.ts'

const FEED: Feed = { revision: 1, changes: [], incarnation: 'first', isUndecided: false, schema: 'ours' }

const joined: Cluster[] = []
afterEach(async () => {
  for (const cluster of joined.splice(0)) await cluster.close()
})

/** A node on a database that answers or does not, as the test says. */
function node() {
  const state = { answers: true, feed: FEED, compared: 0, notices: [] as string[] }
  const feed = async () => {
    if (!state.answers) throw new Error('away', { cause: new Error('connect ECONNREFUSED 10.0.0.7:5432') })
    return state.feed
  }
  const store: NodeStore = {
    changesSince: feed,
    renewNode: feed,
    acknowledge: feed,
    async joinNode() {
      await feed()
    },
    findNodes: async () => ({ rows: [], incarnation: (await feed()).incarnation }),
    evictNode: async () => true,
    async compareChanges() {
      await feed()
      state.compared += 1
      return { lost: [], until: null }
    },
    acceptLosses: async () => false,
    isShared: () => true,
    onChange: () => ({ end() {}, isHeard: () => false }),
  }
  const cluster = joinCluster({
    store,
    leaseMs: 100,
    onNotice: (what) => state.notices.push(what),
    onBroken() {},
  })
  joined.push(cluster)
  return { state, cluster }
}

/** Waits for a state, not for a time. */
async function until(holds: () => boolean): Promise<void> {
  for (let tries = 0; !holds(); tries += 1) {
    if (tries > 3_000) throw new Error('It never was so.')
    await Bun.sleep(5)
  }
}

describe('a node of a cluster', () => {
  test('reads through before it has a lease, and is cut off when the database no longer answers', async () => {
    const { state, cluster } = node()
    expect([cluster.isFresh(), cluster.isCutOff()]).toEqual([false, false])
    await until(cluster.isFresh)
    state.answers = false
    const read = cluster.reach.whileReached(() => Bun.sleep(5_000))
    await expect(read).rejects.toMatchObject({ code: 'store_unavailable' })
    expect([cluster.isFresh(), cluster.isCutOff()]).toEqual([false, true])
    state.answers = true
    await until(cluster.isFresh)
    expect(cluster.isCutOff()).toBe(false)
  })

  test('tells once that the database does not answer, with the reason, and once that it does again', async () => {
    const { state, cluster } = node()
    await until(cluster.isFresh)
    for (const round of [1, 2]) {
      state.answers = false
      await until(cluster.isCutOff)
      // Further requests fail meanwhile.
      for (let n = 0; n < 3; n += 1) await cluster.hasApplied(99).catch(() => {})
      state.answers = true
      await until(() => !cluster.isCutOff())
      expect(state.notices).toHaveLength(2 * round)
    }
    const [away, back] = state.notices
    expect(away).toStartWith(
      'The database does not answer: connect ECONNREFUSED 10.0.0.7:5432. Until it does',
    )
    expect(back).toMatch(/^The database answers again, after \d+ s\.$/)
  })

  test('compares what it remembers with another incarnation of the database before it answers by it', async () => {
    const { state, cluster } = node()
    await until(cluster.isFresh)
    expect(state.compared).toBe(0)
    state.feed = { ...FEED, incarnation: 'second' }
    await until(() => state.compared > 0 && cluster.isFresh())
    expect(cluster.isCutOff()).toBe(false)
  })
})
