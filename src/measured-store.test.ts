import { expect, test } from 'bun:test'
import { eventOf, ROOT_KEY } from '../test/support/records.ts'
import { ADMITS_ALL } from './core/ledger/judge.ts'
import type { StoreNews } from './http/ops/store-counts.ts'
import { measuredStore } from './measured-store.ts'
import type { Store } from './store/store.ts'

test('a measured commit gets everything that its caller passes, and is counted', async () => {
  const passed: unknown[][] = []
  let committed = 0
  const store = {
    async commitLedger(...args: unknown[]) {
      passed.push(args)
      return ['written']
    },
  } as unknown as Store
  const news = { committed: () => (committed += 1) } as unknown as StoreNews
  const args = [[{ kind: 'event', event: eventOf(ROOT_KEY, 'a') }], ADMITS_ALL, { areNew: false }] as const
  expect(await measuredStore(store, news).commitLedger(...args)).toEqual(['written'])
  expect(passed).toEqual([[...args]])
  expect(committed).toBe(1)
})
