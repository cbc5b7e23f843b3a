import { expect, test } from 'bun:test'
import fc from 'fast-check'
import { MAX } from '../../../src/core/ground/bounds.ts'
import { parseJson } from '../../../src/http/kernel/json-parse.ts'
import type { ListCounts } from '../../../src/http/kernel/json-scan.ts'
import { createLoopTurns } from '../../../src/http/kernel/turns.ts'
import { leastOf } from '../../../src/http/native/usage/report-usage.ts'
import { openStore } from '../../../src/store/open.ts'
import { testApp } from '../../support/app.ts'

const pass = () => new Promise<void>((resolve) => setImmediate(resolve))
const PASSES_MAX = 100

/** A store whose commits of the ledger wait until they may go on. */
async function heldStore() {
  const opened = await openStore('sqlite::memory:')
  let held: Promise<void> | null = null
  const store = new Proxy(opened, {
    get(target, name) {
      if (name !== 'commitLedger') return Reflect.get(target, name)
      return async (...args: Parameters<typeof target.commitLedger>) => {
        await held
        return target.commitLedger(...args)
      }
    },
  })
  return {
    store,
    hold() {
      const { promise, resolve } = Promise.withResolvers<void>()
      held = promise
      return resolve
    },
  }
}

test('a report for which too much waits is refused before it is parsed, and a short one is taken', async () => {
  const { store, hold } = await heldStore()
  const app = await testApp({ store })
  const { key } = (await app.call('POST', '/v2/keys', { body: {} })).json
  const events = (count: number, of: string, more: object = {}) =>
    Array.from({ length: count }, (_, n) => ({
      id: `${of}-${n}`,
      keyId: key.id,
      amount: '0.000000001',
      meta: Object.fromEntries(Array.from({ length: MAX.usageMetaEntries }, (_, at) => [`m${at}`, 'v'])),
      ...more,
    }))
  const report = (body: object[]) => app.call('POST', '/v2/usage', { body: { events: body } })
  const broken = () => report(events(MAX.usageEvents, 'broken', { amount: 'many' }))
  expect((await broken()).status).toBe(400)
  const release = hold()
  const waiting = [1, 2, 3, 4, 5].map((n) => report(events(MAX.usageEvents, `large-${n}`)))
  let last = await broken()
  for (let n = 0; n < PASSES_MAX && last.status === 400; n += 1) {
    await pass()
    last = await broken()
  }
  expect([last.status, last.json.code]).toEqual([429, 'rate_limited'])
  const short = report(events(10, 'short'))
  release()
  expect((await Promise.all([...waiting, short])).map(({ status }) => status)).toEqual(Array(6).fill(200))
  expect((await broken()).status).toBe(400)
  await app.close()
}, 60_000)

test('no valid report is taken for more than it is', async () => {
  const text = fc.string({ maxLength: 4 })
  const optional = { byokAmount: text, requests: fc.nat(), at: text, hash: text, keyId: text }
  const event = fc.record(
    { id: text, amount: text, ...optional, meta: fc.dictionary(text, text, { maxKeys: 5 }) },
    { requiredKeys: ['id', 'amount'] },
  )
  await fc.assert(
    fc.asyncProperty(fc.array(event, { minLength: 1, maxLength: 30 }), async (events) => {
      const counted: ListCounts[] = []
      const list = { member: 'events', items: 1_000 }
      const bounds = {
        values: 1e9,
        members: 1e9,
        items: 1e9,
        list,
        counted: (each: ListCounts) => counted.push(each),
      }
      await parseJson(JSON.stringify({ events }), bounds, createLoopTurns().of('somebody'))
      const names = events.reduce((sum, { meta = {} }) => sum + Object.keys(meta).length, 0)
      const [least] = counted.map(leastOf)
      expect(least?.events).toBe(events.length)
      expect(least?.metaEntries).toBeLessThanOrEqual(names)
      expect(least?.metaEntries).toBeGreaterThanOrEqual(names - 10 * events.length - 3)
    }),
  )
})
