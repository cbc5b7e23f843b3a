import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { textOf } from '../support/app.ts'
import { eventLoopWatch, WATCHED_MAIN } from '../support/event-loop-watch.ts'
import { residentBytes } from '../support/process-memory.ts'
import { type ServerProcess, startServer, temporaryFolder } from '../support/server.ts'

// Reports with nearly the most rows, of the longest names, in characters that become six in JSON: answers of up to 60 MB. One of them may
// neither block the event loop for more than 20 ms, nor may several take more memory than the server is promised to need.

const PROMISED = { ms: 20, bytes: 640 * 1024 * 1024 }
const ROUNDS = 3
const DAYS = 10
const PER_DAY = 990
const AT_ONCE = 4
const NAME_CHARS = 255
const CONTROL = '\u0001'

let server: ServerProcess
const longestBlockMs = eventLoopWatch(() => server)

beforeAll(async () => {
  server = await startServer(
    {
      LATCHKEY_DATABASE_URL: `sqlite:${temporaryFolder()}/k.db`,
      LATCHKEY_LOG_LEVEL: 'error',
      LATCHKEY_MANAGEMENT_RATE: '1000000/1m',
    },
    WATCHED_MAIN,
  )
  const label = CONTROL.repeat(NAME_CHARS)
  const { key } = JSON.parse(await sent('/v2/keys', { labels: { l: label } }, 201))
  for (let day = 1; day <= DAYS; day += 1) {
    const at = new Date(Date.now() - day * 86_400_000).toISOString()
    const events = Array.from({ length: PER_DAY }, (_, n) => eventOf(key.id, at, n))
    // All of them together are more than one body may have.
    for (let from = 0; from < PER_DAY; from += 100)
      await sent('/v2/usage', { events: events.slice(from, from + 100) }, 200)
  }
}, 120_000)
afterAll(() => server.end('SIGTERM'))

/** A use with the longest names. They differ at their ends, and one character of them makes a wide text of the whole answer. */
function eventOf(keyId: string, at: string, n: number) {
  const long = (end: string) => end.padStart(NAME_CHARS, CONTROL)
  const meta = {
    model: long(`漢${(n * 7_919) % PER_DAY}`),
    model_permaslug: long('slug'),
    endpoint_id: long('endpoint'),
    provider_name: long('provider'),
  }
  return { id: `${at}-${n}`, keyId, amount: '0.000001', at, meta }
}

async function sent(path: string, body: object, status: number): Promise<string> {
  const headers = { authorization: `Bearer ${server.rootKey}`, 'content-type': 'application/json' }
  const response = await fetch(server.url + path, { method: 'POST', headers, body: JSON.stringify(body) })
  const text = await response.text()
  expect([path, response.status, response.status === status ? '' : text]).toEqual([path, status, ''])
  return text
}

const from = new Date(Date.now() - 11.5 * 86_400_000).toISOString()
const USAGE = `/v2/usage?interval=day&from=${from}&groupBy=meta:model&groupBy=label:l`
const REPORTS: [what: string, path: string, accept: string][] = [
  ['activity', '/api/v1/activity', 'application/json'],
  ['usage', USAGE, 'application/json'],
  ['usage as a table', USAGE, 'text/csv'],
]

function asked(path: string, accept = 'application/json'): Promise<Response> {
  return fetch(server.url + path, { headers: { authorization: `Bearer ${server.rootKey}`, accept } })
}

describe('a report with nearly the most rows, of the longest names', () => {
  test.each(REPORTS)(
    '%s: blocks the event loop for less than 20 ms',
    async (what, path, accept) => {
      const blocks: number[] = []
      for (let round = 0; round < ROUNDS; round += 1) {
        await longestBlockMs()
        const text = await textOf(await asked(path, accept))
        blocks.push(await longestBlockMs())
        expect(text.split('漢7').length).toBeGreaterThan(DAYS)
        const rows = accept === 'text/csv' ? text.trim().split('\r\n').slice(1) : JSON.parse(text).data
        expect(rows).toHaveLength(DAYS * PER_DAY)
      }
      process.stdout.write(`${what}: ${blocks.join(' ms, ')} ms\n`)
      expect(Math.min(...blocks)).toBeLessThan(PROMISED.ms)
    },
    120_000,
  )

  test.each([
    ['at full speed', 0],
    ['slowly', 4_000],
  ])(
    `${AT_ONCE} of them that are read %s take bounded memory`,
    async (how, pauseMs) => {
      const statuses: number[] = []
      let most = 0
      const watch = setInterval(() => {
        most = Math.max(most, residentBytes(server.pid) ?? 0)
      }, 5)
      const read = async () => {
        const response = await asked('/api/v1/activity')
        statuses.push(response.status)
        await Bun.sleep(pauseMs)
        // Nothing is kept: only the server's memory matters here.
        for await (const _ of response.body ?? []);
      }
      await Promise.all(Array.from({ length: AT_ONCE }, read))
      clearInterval(watch)
      process.stdout.write(`read ${how}: ${statuses.toSorted()}, ${Math.round(most / 1024 / 1024)} MiB\n`)
      expect(statuses).toContain(200)
      expect(statuses.filter((status) => status !== 200 && status !== 429)).toEqual([])
      expect(most).toBeLessThan(PROMISED.bytes)
    },
    120_000,
  )
})
