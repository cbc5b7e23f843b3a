import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { type ServerProcess, startServer, temporaryFolder } from '../support/server.ts'
import { exchange, type Manners } from '../support/socket.ts'

let server: ServerProcess

beforeAll(async () => {
  server = await startServer({ LATCHKEY_DATABASE_URL: `sqlite:${temporaryFolder()}/k.db` })
})
afterAll(() => server.end('SIGTERM'))

const PATHS = ['/v2/keys', '/v2/verify', '/v2/usage', '/v1/apikeys', '/api/v1/keys']

interface LogLine {
  level: string
  msg: string
  requestId?: string
  status?: number
  fault?: string
}

function logLines(): LogLine[] {
  return server
    .output()
    .split('\n')
    .filter((line) => line.startsWith('{'))
    .map((line) => JSON.parse(line) as LogLine)
}

async function cutOffCount(): Promise<number> {
  const answer = await fetch(`${server.url}/metrics`, {
    headers: { authorization: `Bearer ${server.rootKey}` },
  })
  return Number(/^latchkey_faults_total\{code="body_incomplete"\} (\d+)$/m.exec(await answer.text())?.[1])
}

const LENGTH = 'Content-Length: 100\r\n'
const CHUNKS = 'Transfer-Encoding: chunked\r\n'
const WAYS: [name: string, framing: string, pieces: string[], manners: Manners][] = [
  ['resets after a part', LENGTH, ['{"name":'], { finish: 'reset' }],
  ['resets before the first byte', LENGTH, [], { finish: 'reset' }],
  ['closes after a part', LENGTH, ['{"name":'], { finish: 'end' }],
  ['resets within a chunk', CHUNKS, ['40\r\n{"na'], { finish: 'reset' }],
  ['closes between chunks', CHUNKS, ['8\r\n{"name":\r\n'], { finish: 'end' }],
  ['closes before the first chunk', CHUNKS, [], { finish: 'end' }],
  ['sends a chunk size that is no number', CHUNKS, ['2\r\n{}\r\n', 'zz\r\n'], {}],
  ['sends a chunk longer than it said', CHUNKS, ['1\r\n{', '}}}}\r\n'], {}],
  ['sends a chunk size beyond all bounds', CHUNKS, ['2\r\n{}\r\n', 'FFFFFFFFFFFFFFFFFF\r\n{'], {}],
]

describe('a client that disconnects in the middle of its body', () => {
  test('is refused and counted on every surface, and not logged as a fault of the server', async () => {
    const before = await cutOffCount()
    const attempts = PATHS.flatMap((path) => WAYS.map((way) => ({ path, way })))
    const ids = attempts.map((_, index) => `cut-${index}-`)
    await Promise.all(
      attempts.map(async ({ path, way: [, framing, pieces, manners] }, index) => {
        const head = `POST ${path} HTTP/1.1\r\nHost: x\r\nX-Request-Id: ${ids[index]}\r\nAuthorization: Bearer ${server.rootKey}\r\nContent-Type: application/json\r\n${framing}\r\n`
        await exchange(server.port, [head, ...pieces], { everyMs: 20, patienceMs: 5_000, ...manners })
      }),
    )
    const heard = () => logLines().filter(({ requestId }) => requestId?.startsWith('cut-'))
    for (let waited = 0; waited < 300 && heard().length < attempts.length; waited += 1) await Bun.sleep(10)
    const wrong = heard().filter(
      ({ level, msg, status, fault }) =>
        level !== 'info' || msg !== 'request' || status !== 400 || fault !== 'body_incomplete',
    )
    expect(wrong).toEqual([])
    expect(heard().length).toBe(attempts.length)
    // The log of the start says that the database is new.
    const others = logLines().filter(({ msg }) => !msg?.startsWith('The database was empty'))
    expect(others.filter(({ level }) => level !== 'info')).toEqual([])
    expect((await cutOffCount()) - before).toBe(attempts.length)
    process.stdout.write(`bodies cut off: ${attempts.length}, in ${WAYS.length} ways\n`)
  }, 20_000)
})
