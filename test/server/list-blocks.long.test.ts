import { afterAll, beforeAll, expect, test } from 'bun:test'
import { join } from 'node:path'
import type { KeyQuery } from '../../src/core/keys/queries.ts'
import { openStore } from '../../src/store/open.ts'
import { fillKeys, type KeyFill } from '../scale/fill-keys.ts'
import { KEY_SORTS, listFilters } from '../scale/list-filters.ts'
import { eventLoopWatch, WATCHED_MAIN } from '../support/event-loop-watch.ts'
import { type ServerProcess, startServer, temporaryFolder } from '../support/server.ts'

// No list may block the event loop for more than 20 ms, however many keys there are: pages are read in a thread of their own, so only
// rendering is left. `LATCHKEY_TEST_LISTED_KEYS` sets the number of keys; then every pair of filters is tried and not every fifth.
// With a million, filling takes some minutes.

const KEYS = Number(process.env.LATCHKEY_TEST_LISTED_KEYS ?? 20_000)
const EVERY_PAIR = process.env.LATCHKEY_TEST_LISTED_KEYS === undefined ? 5 : 1
const PROMISED_MS = 20
const ROUNDS = 3
const NOW = Date.now()

let server: ServerProcess
let fill: KeyFill
let rootKey: string

beforeAll(async () => {
  const path = join(temporaryFolder(), 'latchkey.db')
  await (await openStore(`sqlite:${path}`)).close()
  fill = fillKeys(path, { keys: KEYS, at: NOW })
  const url = `sqlite:${path}`
  const reset = Bun.spawn([process.execPath, join(import.meta.dir, '../../src/main.ts'), 'reset-root'], {
    env: { PATH: process.env.PATH ?? '', LATCHKEY_DATABASE_URL: url },
    stderr: 'inherit',
  })
  rootKey = (await new Response(reset.stdout).text()).trim()
  server = await startServer(
    {
      LATCHKEY_DATABASE_URL: url,
      LATCHKEY_LOG_LEVEL: 'error',
      LATCHKEY_MANAGEMENT_RATE: '1000000/1m',
    },
    WATCHED_MAIN,
  )
}, 600_000)
afterAll(() => server.end('SIGTERM'))

test('no filter and no pair of filters of a list, in any order, blocks the event loop', async () => {
  const blocks = new Map<string, number>()
  const tally = { rows: 0, full: 0, endedEarly: 0, refused: 0 }
  // The first lists start the thread and run code for the first time.
  for (const sort of KEY_SORTS) await list({ sort })
  for (const sort of KEY_SORTS) {
    const filters = listFilters(fill, NOW).filter(
      ([name], n) => !name.includes(' + ') || n % EVERY_PAIR === 0,
    )
    for (const [name, filter] of filters) {
      const spent: number[] = []
      for (let round = 0; round < ROUNDS; round += 1) {
        await longestBlockMs()
        const { status, json } = await list({ ...filter, sort })
        spent.push(await longestBlockMs())
        expect([name, sort, status === 200 ? 200 : json.code]).toEqual([name, sort, 200])
        if (status !== 200) tally.refused += 1
        else {
          tally.rows += json.data.length
          if (json.data.length === 100) tally.full += 1
          else if (json.nextCursor !== null) tally.endedEarly += 1
        }
        // Nothing shortens a measurement, and garbage collection lengthens some.
        if ((spent.at(-1) ?? 0) < PROMISED_MS / 2) break
      }
      blocks.set(`${name}, ${sort}`, Math.min(...spent))
    }
  }
  const longest = [...blocks].toSorted(([, one], [, other]) => other - one)
  console.log(
    `lists of ${KEYS} keys, ${blocks.size} combinations: ${JSON.stringify(tally)}; the longest blocks:`,
  )
  for (const [name, ms] of longest.slice(0, 5)) console.log(`  ${ms.toFixed(1)} ms  ${name}`)
  expect(tally.full).toBeGreaterThan(50)
  expect(tally.refused).toBe(0)
  expect(longest.filter(([, ms]) => ms > PROMISED_MS)).toEqual([])
}, 600_000)

async function list(query: Partial<KeyQuery>) {
  const { labels = [], unusedSince, expiresBefore, ...plain } = query
  const asked = new URLSearchParams({ ...(plain as Record<string, string>), limit: '100' })
  for (const { name, value } of labels) asked.append('label', `${name}:${value}`)
  if (unusedSince !== undefined) asked.set('unusedSince', new Date(unusedSince).toISOString())
  if (expiresBefore !== undefined) asked.set('expiresBefore', new Date(expiresBefore).toISOString())
  const headers = { authorization: `Bearer ${rootKey}` }
  const response = await fetch(`${server.url}/v2/keys?${asked}`, { headers })
  // biome-ignore lint/suspicious/noExplicitAny: the test looks at a few members.
  return { status: response.status, json: (await response.json()) as any }
}

const longestBlockMs = eventLoopWatch(() => server)
