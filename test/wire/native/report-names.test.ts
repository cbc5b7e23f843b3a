import { heapStats } from 'bun:jsc'
import { expect, test } from 'bun:test'
import { MAX } from '../../../src/core/ground/bounds.ts'
import { testApp } from '../../support/app.ts'

/** The shapes of objects that the engine knows: it makes one for each new name in an object. */
function shapes(): number {
  Bun.gc(true)
  return heapStats().objectTypeCounts.Structure ?? 0
}

test('a report with thousands of new names enters none of them into the tables of the engine', async () => {
  const app = await testApp()
  const { key } = (await app.call('POST', '/v2/keys', { body: {} })).json
  // As text, because objects would make the shapes here.
  const report = (run: string) => {
    const event = (n: number) => {
      const names = Array.from({ length: MAX.usageMetaEntries }, (_, at) => `"${run}-${n}-${at}":"v"`)
      return `{"id":"${run}-${n}","keyId":"${key.id}","amount":"0.000000001","meta":{${names}}}`
    }
    const events = Array.from({ length: MAX.usageEvents }, (_, n) => event(n))
    const headers = { authorization: `Bearer ${app.rootKey}`, 'content-type': 'application/json' }
    return app.fetch(
      new Request('http://x/v2/usage', { method: 'POST', headers, body: `{"events":[${events}]}` }),
      {},
    )
  }
  expect((await report('first')).status).toBe(200)
  const before = shapes()
  let most = 0
  const watch = setInterval(() => {
    most = Math.max(most, (heapStats().objectTypeCounts.Structure ?? 0) - before)
  }, 1)
  const answer = await report('second')
  clearInterval(watch)
  expect(await answer.json()).toMatchObject({ accepted: MAX.usageEvents })
  const names = MAX.usageEvents * MAX.usageMetaEntries
  process.stdout.write(`new names: ${names}, new shapes at most: ${most}\n`)
  expect(most).toBeLessThan(names / 5)
  await app.close()
})
