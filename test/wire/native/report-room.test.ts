import { expect, test } from 'bun:test'
import fc from 'fast-check'
import { MAX } from '../../../src/core/ground/bounds.ts'
import { rowsOf } from '../../../src/core/ledger/units.ts'
import { parseJson } from '../../../src/http/kernel/json-parse.ts'
import type { ListCounts } from '../../../src/http/kernel/json-scan.ts'
import { createLoopTurns } from '../../../src/http/kernel/turns.ts'
import { leastOf, mostOf } from '../../../src/http/native/usage/report-usage.ts'
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

const META = Object.fromEntries(Array.from({ length: MAX.usageMetaEntries }, (_, at) => [`m${at}`, 'v']))

/** A server on which five largest reports wait to be written, so that there is no room for a sixth. */
async function crowded() {
  const { store, hold } = await heldStore()
  const app = await testApp({ store })
  const { key } = (await app.call('POST', '/v2/keys', { body: {} })).json
  const events = (count: number, of: string, more: object = {}) =>
    Array.from({ length: count }, (_, n) => ({
      id: `${of}-${n}`,
      keyId: key.id,
      amount: '0.000000001',
      meta: META,
      ...more,
    }))
  const report = (body: object[]) => app.call('POST', '/v2/usage', { body: { events: body } })
  /** Sends a report whose body comes when it is asked for. */
  function send(text: string | Promise<string>, headers: Record<string, string> = {}) {
    const sent = { asked: 0, answer: null as Promise<Response> | null }
    const body = new ReadableStream(
      {
        async pull(controller) {
          sent.asked += 1
          controller.enqueue(new TextEncoder().encode(await text))
          controller.close()
        },
      },
      { highWaterMark: 0 },
    )
    const all = { authorization: `Bearer ${app.rootKey}`, 'content-type': 'application/json', ...headers }
    sent.answer = Promise.resolve(
      app.fetch(new Request('http://x/v2/usage', { method: 'POST', headers: all, body }), {}),
    )
    return { sent, status: async () => (await sent.answer)?.status }
  }
  const broken = events(MAX.usageEvents, 'broken', { amount: 'many' })
  return {
    app,
    report,
    send,
    broken,
    events,
    /** Makes five reports wait until the returned function is called, which returns their statuses. */
    async fill() {
      const release = hold()
      const waiting = [1, 2, 3, 4, 5].map((n) => report(events(MAX.usageEvents, `large-${n}`)))
      for (let n = 0; n < PASSES_MAX && (await report(broken)).status === 400; n += 1) await pass()
      return async () => {
        release()
        return (await Promise.all(waiting)).map(({ status }) => status)
      }
    },
  }
}

test('a report for which too much waits is refused before it is parsed, and a short one is taken', async () => {
  const { app, report, send, broken, events, fill } = await crowded()
  expect((await report(broken)).status).toBe(400)
  const text = Promise.withResolvers<string>()
  // It begins when there is room.
  const early = send(text.promise)
  while (early.sent.asked === 0) await pass()
  const empty = await fill()
  text.resolve(JSON.stringify({ events: broken }))
  const last = await report(broken)
  expect([last.status, last.json.code]).toEqual([429, 'rate_limited'])
  expect(await early.status()).toBe(429)
  const few = JSON.stringify({ events: events(10, 'short') })
  const short = send(few, { 'content-length': `${few.length}` })
  expect(await empty()).toEqual(Array(5).fill(200))
  expect(await short.status()).toBe(200)
  expect((await report(broken)).status).toBe(400)
  await app.close()
}, 60_000)

test.each([
  { headers: { 'content-length': String(MAX.bodyBytes) }, status: 429, asked: 0 },
  { headers: {}, status: 429, asked: 0 },
  { headers: { 'content-length': '400', 'content-encoding': 'gzip' }, status: 429, asked: 0 },
  { headers: { 'content-length': '7' }, status: 400, asked: 1 },
])(
  'a report that may be too much beside what waits is refused before its body: %o',
  async (tried) => {
    const { app, send, fill } = await crowded()
    const empty = await fill()
    const { sent, status } = send('no JSON', tried.headers)
    expect([await status(), sent.asked]).toEqual([tried.status, tried.asked])
    expect(await empty()).toEqual(Array(5).fill(200))
    const later = send('no JSON', { 'content-length': '7' })
    expect([await later.status(), later.sent.asked]).toEqual([400, 1])
    await app.close()
  },
  60_000,
)

test('no valid report holds more than its size says', () => {
  const name = fc.string({ minLength: 1, maxLength: 2 })
  const metas = fc.dictionary(name, fc.constantFrom('', 'v'), { maxKeys: MAX.usageMetaEntries })
  const short = fc.record({ id: fc.constant('1'), keyId: fc.uuid(), amount: fc.constant(0), meta: metas })
  let most = 0
  fc.assert(
    fc.property(fc.array(short, { minLength: 1, maxLength: 60 }), (events) => {
      const bytes = new TextEncoder().encode(JSON.stringify({ events })).byteLength
      const metaEntries = events.reduce((sum, { meta }) => sum + Object.keys(meta).length, 0)
      const share = rowsOf({ events: events.length, metaEntries }) / rowsOf(mostOf(bytes))
      most = Math.max(most, share)
      expect(share).toBeLessThanOrEqual(1)
    }),
  )
  process.stdout.write(`rows of a report: at most ${most.toFixed(2)} of what its size says\n`)
  expect(rowsOf(mostOf(MAX.bodyBytes))).toBeLessThan(MAX.ledgerRowsWaiting / 4)
})

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
