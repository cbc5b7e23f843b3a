import { afterEach, describe, expect, test } from 'bun:test'
import { MAX } from '../../src/core/ground/bounds.ts'
import { eventLoopWatch, WATCHED_MAIN } from '../support/event-loop-watch.ts'
import { type ServerProcess, startServer, temporaryFolder } from '../support/server.ts'

// What a server makes only once, and what it does in the background, must not block the event loop for more than 20 ms either. What is
// made once can be measured once per server; garbage collection lengthens single measurements, so the shortest of several counts.

const PROMISED_MS = 20
const ROUNDS = 3

let server: ServerProcess
let longestBlockMs: () => Promise<number>

async function start(): Promise<void> {
  server = await startServer(
    {
      LATCHKEY_DATABASE_URL: `sqlite:${temporaryFolder()}/k.db`,
      LATCHKEY_LOG_LEVEL: 'error',
      LATCHKEY_MANAGEMENT_RATE: '1000000/1m',
    },
    WATCHED_MAIN,
  )
  longestBlockMs = eventLoopWatch(() => server)
}
afterEach(() => server.end('SIGTERM'))

async function send(method: string, path: string, body?: object): Promise<number> {
  const headers = { authorization: `Bearer ${server.rootKey}`, 'content-type': 'application/json' }
  const response = await fetch(server.url + path, {
    method,
    headers,
    ...(body && { body: JSON.stringify(body) }),
  })
  await response.arrayBuffer()
  return response.status
}

/** Starts a server and lets it answer other requests, so that only the code of the measured request runs for the first time. */
async function startWarm(): Promise<void> {
  await start()
  for (let n = 0; n < 200; n += 1) await send('POST', '/v2/verify', { key: server.rootKey })
  // The threads of long reads start a second later.
  await Bun.sleep(2_000)
  await longestBlockMs()
}

describe('what a server makes once blocks the event loop for less than 20 ms', () => {
  test.each(['/openapi.json', '/docs', '/metrics'])(
    'the first GET %s',
    async (path) => {
      const blocks: number[] = []
      for (let round = 0; round < ROUNDS; round += 1) {
        await startWarm()
        expect(await send('GET', path)).toBe(200)
        blocks.push(await longestBlockMs())
        if ((blocks.at(-1) ?? 0) < PROMISED_MS) break
        if (round < ROUNDS - 1) await server.end('SIGTERM')
      }
      console.log(`the first GET ${path}: ${blocks.join(', ')} ms`)
      expect(Math.min(...blocks)).toBeLessThan(PROMISED_MS)
    },
    60_000,
  )
})

describe('work in the background blocks the event loop for less than 20 ms', () => {
  test('the search index of imported keys whose names are random characters', async () => {
    await startWarm()
    const blocks: number[] = []
    for (let round = 0; round < ROUNDS; round += 1) {
      const keys = Array.from({ length: 2 * MAX.searchBatch }, () => ({
        secret: `sk-${crypto.randomUUID()}`,
        name: hanName(),
      }))
      expect(await send('POST', '/v2/keys/import', { keys })).toBe(200)
      await longestBlockMs()
      await Bun.sleep(4_000)
      blocks.push(await longestBlockMs())
      if ((blocks.at(-1) ?? 0) < PROMISED_MS / 2) break
    }
    console.log(`while keys were indexed: ${blocks.join(', ')} ms`)
    // Far below what is promised, because the block of all keys at once is only a little longer than that.
    expect(Math.min(...blocks)).toBeLessThan(PROMISED_MS / 2)
  }, 60_000)
})

/** A name of the maximum length whose pieces hardly any other name has. */
function hanName(): string {
  const signs = Array.from({ length: 255 }, () => 0x4e00 + Math.floor(Math.random() * 20_000))
  return String.fromCodePoint(...signs)
}
