import { describe, expect, test } from 'bun:test'
import { createReach } from './cluster/reach.ts'
import { reachableStore } from './reachable-store.ts'
import type { Store } from './store/store.ts'

const AWAY = { code: 'store_unavailable' }

/** A node that is cut off when the test says so, and a store that answers when the test says so. */
function node() {
  const state = { isCutOff: false, begun: [] as string[] }
  const answers: (() => void)[] = []
  const reach = createReach(() => state.isCutOff)
  const verb = (name: string) => () => {
    state.begun.push(name)
    return new Promise((resolve) => answers.push(() => resolve(name)))
  }
  const names = ['findFacts', 'readAccounts', 'commitLedger', 'settled', 'renewNode'] as const
  const store = reachableStore(
    Object.fromEntries(names.map((name) => [name, verb(name)])) as unknown as Store,
    reach,
  )
  const call = (name: (typeof names)[number]) => (store[name] as () => Promise<unknown>)()
  return { state, reach, call, answer: () => answers.shift()?.() }
}

describe('the calls of a node to its store', () => {
  test('are answered while it is reached', async () => {
    const { call, answer } = node()
    const [read, written] = [call('findFacts'), call('commitLedger')]
    answer()
    answer()
    expect([await read, await written]).toEqual(['findFacts', 'commitLedger'])
  })

  test('are not begun while it is cut off, but for those of the node itself', async () => {
    const { state, call, answer } = node()
    state.isCutOff = true
    for (const name of ['findFacts', 'readAccounts', 'commitLedger'] as const)
      await expect(call(name)).rejects.toMatchObject(AWAY)
    const own = [call('settled'), call('renewNode')]
    answer()
    answer()
    expect(await Promise.all(own)).toEqual(['settled', 'renewNode'])
    expect(state.begun).toEqual(['settled', 'renewNode'])
  })

  test('that only read are left as soon as it is cut off; a commit may still be made and is waited for', async () => {
    const { state, reach, call, answer } = node()
    const [read, written] = [call('findFacts'), call('commitLedger')]
    reach.check()
    state.isCutOff = true
    reach.check()
    // Answered at last, too late for whoever read.
    answer()
    answer()
    await expect(read).rejects.toMatchObject(AWAY)
    expect(await written).toBe('commitLedger')
  })
})
