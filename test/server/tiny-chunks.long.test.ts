import { afterAll, beforeAll, expect, test } from 'bun:test'
import { eventLoopWatch, WATCHED_MAIN } from '../support/event-loop-watch.ts'
import { type ServerProcess, startServer, temporaryFolder } from '../support/server.ts'
import { exchange, statusOf } from '../support/socket.ts'

// The server runs our code for every chunk of a chunked body, before it takes in the next one. So chunks of one byte are the longest
// way to say nothing. As in `event-loop.long.test.ts`, the shortest of several measurements counts.

const PROMISED_MS = 20
const ROUNDS = 3
const TYPE = 'Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n'

let server: ServerProcess
beforeAll(async () => {
  server = await startServer(
    { LATCHKEY_DATABASE_URL: `sqlite:${temporaryFolder()}/k.db`, LATCHKEY_LOG_LEVEL: 'error' },
    WATCHED_MAIN,
  )
})
afterAll(() => server.end('SIGTERM'))

const longestBlockMs = eventLoopWatch(() => server)

test.each([
  ['POST /v2/verify', null, [400]],
  ['POST /v2/usage', null, [400]],
  ['DELETE /v2/keys/x', null, [400, 413]],
  // The server gives a GET no body, and skips what comes.
  ['GET /v2/keys', null, [200]],
] as const)(
  'a million chunks of one byte to %s block nobody',
  async (line, credential, statuses) => {
    const headers = credential ?? `Authorization: Bearer ${server.rootKey}\r\n`
    const request = `${line} HTTP/1.1\r\nHost: x\r\n${headers}${TYPE}${'1\r\n \r\n'.repeat(1_000_000)}`
    const blocks: number[] = []
    for (let round = 0; round < ROUNDS; round += 1) {
      await longestBlockMs()
      const { answer } = await exchange(server.port, [request])
      // Who is still sending may see a reset instead of the answer.
      expect([...statuses, 0]).toContain(statusOf(answer))
      blocks.push(await longestBlockMs())
    }
    process.stdout.write(`${line}: ${blocks.map((ms) => ms.toFixed(1)).join(', ')} ms\n`)
    expect(Math.min(...blocks)).toBeLessThan(PROMISED_MS)
  },
  60_000,
)
