import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { readFileSync } from 'node:fs'
import { connect } from 'node:net'
import { MAX } from '../../src/core/ground/bounds.ts'
import { type ServerProcess, startServer, temporaryFolder } from '../support/server.ts'
import { exchange, statusOf } from '../support/socket.ts'

// A body that the answer does not need must not be received: the server would copy it while the request waits, and after the answer.

const MIB = 1024 * 1024
/** The time after which a test gives up a connection that the server has not closed. */
const PATIENCE_MS = 15_000
let server: ServerProcess
let root: string
let plainKey: string

beforeAll(async () => {
  server = await startServer({
    LATCHKEY_DATABASE_URL: `sqlite:${temporaryFolder()}/k.db`,
    LATCHKEY_LOG_LEVEL: 'error',
    LATCHKEY_PUBLIC_RATE: '50/1h',
  })
  root = `Authorization: Bearer ${server.rootKey}\r\n`
  const made = await fetch(`${server.url}/v2/keys`, {
    method: 'POST',
    headers: { authorization: `Bearer ${server.rootKey}`, 'content-type': 'application/json' },
    body: '{"access":"use"}',
  })
  plainKey = `Authorization: Bearer ${((await made.json()) as { secret: string }).secret}\r\n`
})
afterAll(() => server.end('SIGTERM'))

const UNKNOWN = `X-Api-Key: ${'x'.repeat(40)}\r\n`
const JSON_TYPE = 'Content-Type: application/json\r\n'
const headOf = (line: string, headers: string) => `${line} HTTP/1.1\r\nHost: x\r\n${headers}`

/** Requests that are refused by their address and headers alone, with their status. */
const REFUSED: [what: string, head: () => string, status: number][] = [
  ['no credential', () => headOf('POST /v2/keys', JSON_TYPE), 401],
  ['no credential, in GoodMem’s dialect', () => headOf('POST /v1/apikeys', JSON_TYPE), 401],
  ['no credential, in OpenRouter’s dialect', () => headOf('PATCH /api/v1/keys/abc', JSON_TYPE), 401],
  ['no credential to the hot path', () => headOf('POST /v2/verify', JSON_TYPE), 401],
  ['an unknown credential', () => headOf('POST /v2/usage', JSON_TYPE + UNKNOWN), 401],
  ['an unknown key at the gateway’s address', () => headOf('POST /v2/authorize', UNKNOWN), 401],
  ['an unknown address', () => headOf('POST /v2/nothing', JSON_TYPE + root), 404],
  ['a method that the address has not', () => headOf('PUT /v2/keys', JSON_TYPE + root), 405],
  ['a key that may not', () => headOf('POST /v2/keys', JSON_TYPE + plainKey), 403],
  ['a body of another type', () => headOf('POST /v2/usage', `Content-Type: text/plain\r\n${root}`), 415],
  ['another packing', () => headOf('POST /v2/usage', `${JSON_TYPE}Content-Encoding: zstd\r\n${root}`), 415],
  ['a body that is too large for the call', () => headOf('POST /v2/keys', JSON_TYPE + root), 413],
  ['a large body where none is taken', () => headOf('GET /v2/keys', JSON_TYPE + root), 413],
  ['a large body of a public call', () => headOf('GET /openapi.json', JSON_TYPE), 413],
  ['a large body of a sign-in', () => headOf('POST /dashboard/session', JSON_TYPE), 413],
]

describe('an unneeded body is not received', () => {
  test.each(REFUSED)('%s', async (_, head, status) => {
    // Only a part of the body is sent, so an answer that waited for the rest would not come.
    const { answer, closedAfterMs } = await exchange(
      server.port,
      [`${head()}Content-Length: ${MIB}\r\n\r\n${'x'.repeat(40_000)}`],
      { patienceMs: PATIENCE_MS },
    )
    expect(statusOf(answer)).toBe(status)
    expect(answer).toMatch(/^connection: close\r$/im)
    expect(closedAfterMs).toBeLessThan(PATIENCE_MS)
  })

  test('also one of unknown length', async () => {
    const chunks = `Transfer-Encoding: chunked\r\n\r\n8000\r\n${'x'.repeat(0x8000)}\r\n`
    for (const [what, head, status] of REFUSED.filter(([, , each]) => each !== 413 && each !== 415)) {
      const { answer } = await exchange(server.port, [head() + chunks], { patienceMs: PATIENCE_MS })
      expect([what, statusOf(answer)]).toEqual([what, status])
      expect(answer).toMatch(/^connection: close\r$/im)
    }
  })

  test('a small one does not end the connection', async () => {
    const socket = connect(server.port, '127.0.0.1')
    let answers = ''
    const ended = new Promise((resolve) => socket.on('close', resolve))
    socket.on('error', () => undefined)
    const ask = (request: string, until: string) =>
      new Promise<void>((resolve) => {
        socket.on('data', function hear(data) {
          answers += data.toString('latin1')
          if (!answers.endsWith(until)) return
          socket.off('data', hear)
          resolve()
        })
        socket.write(request)
      })
    const small = `${headOf('POST /v2/keys', JSON_TYPE)}Content-Length: 20\r\n\r\n${' '.repeat(20)}`
    // The next request is sent after the last answer: a connection takes one request at a time.
    await Promise.race([ask(small, '}'), ended])
    await Promise.race([ask(small, '}'), ended])
    await Promise.race([ask(headOf('GET /livez', '\r\n'), 'ok'), ended])
    socket.destroy()
    expect(answers.match(/HTTP\/1\.1 \d+/g)).toEqual(['HTTP/1.1 401', 'HTTP/1.1 401', 'HTTP/1.1 200'])
  })
})

describe('a sender who begins again after each refusal of a large body', () => {
  const RUN_MS = 1_000
  const SENDERS = 8
  const JSON_HEAD = { 'content-type': 'application/json' }
  const REFUSALS: [what: string, path: string, headers: () => Record<string, string>][] = [
    ['without a credential', '/v2/keys', () => JSON_HEAD],
    ['to an unknown address', '/nothing', () => JSON_HEAD],
    [
      'with an unknown key at the gateway’s address',
      '/v2/authorize',
      () => ({ 'x-api-key': 'y'.repeat(40) }),
    ],
    ['with a key that may not', '/v2/keys', () => ({ ...JSON_HEAD, authorization: plainKey.slice(15, -2) })],
  ]

  test.each(REFUSALS)('is refused four times a second, %s', async (_, path, headers) => {
    const body = 'x'.repeat(100_000)
    const statuses = new Set<number>()
    let refused = 0
    const endAt = performance.now() + RUN_MS
    const sender = async () => {
      while (performance.now() < endAt) {
        const answer = await fetch(server.url + path, { method: 'POST', headers: headers(), body })
        statuses.add(answer.status)
        await answer.arrayBuffer()
        refused += 1
      }
    }
    await Promise.all(Array.from({ length: SENDERS }, sender))
    const most = SENDERS * (RUN_MS / MAX.lateRefusals.ms + 1)
    process.stdout.write(`${refused} refusals of ${SENDERS} senders, ${most} at the most\n`)
    for (const status of statuses) expect([401, 403, 404, 429]).toContain(status)
    expect(refused).toBeLessThanOrEqual(most)
    expect(refused).toBeGreaterThan(SENDERS)
  })
})

test('all refusals of large bodies wait, also when the bodies are more than the server would keep', async () => {
  const [senders, runMs, body] = [64, 1_000, 'x'.repeat(MIB)]
  let refused = 0
  const endAt = performance.now() + runMs
  const sender = async () => {
    while (performance.now() < endAt) {
      const answer = await fetch(`${server.url}/nothing`, { method: 'POST', body })
      await answer.arrayBuffer()
      refused += 1
    }
  }
  await Promise.all(Array.from({ length: senders }, sender))
  expect(senders * MIB).toBeGreaterThan(MAX.lateRefusals.unreadBytes)
  const most = senders * (runMs / MAX.lateRefusals.ms + 1)
  process.stdout.write(`${refused} refusals of ${senders} senders of 1 MiB, ${most} at the most\n`)
  expect(refused).toBeLessThanOrEqual(most)
  expect(refused).toBeGreaterThan(senders)
})

describe('large bodies that nobody reads are let go', () => {
  const KEPT: [what: string, path: string, headers: () => Record<string, string>, rounds: number][] = [
    ['while their refusals wait', '/nothing', () => ({}), 16],
    [
      'of a gateway’s requests that pass',
      '/v2/authorize',
      () => ({ authorization: plainKey.slice(15, -2) }),
      60,
    ],
  ]

  test.each(KEPT)(
    '%s',
    async (_, path, headers, rounds) => {
      const body = 'x'.repeat(MIB)
      const send = async (times: number) => {
        for (let n = 0; n < times; n += 1)
          await fetch(server.url + path, { method: 'POST', headers: headers(), body }).then((a) =>
            a.arrayBuffer(),
          )
      }
      const senders = (times: number) => Promise.all(Array.from({ length: 32 }, () => send(times)))
      await senders(3)
      const before = peakMib()
      await senders(rounds)
      const grown = peakMib() - before
      process.stdout.write(`${32 * rounds} bodies of 1 MiB, 32 at a time: ${grown} MiB more at the most\n`)
      expect(grown).toBeLessThan(100)
    },
    60_000,
  )
})

test('the large bodies of one user are received at a rate, and a small one of the same user always', async () => {
  const send = async (body: string) => {
    const headers = { authorization: `Bearer ${server.rootKey}`, 'content-type': 'application/json' }
    const answer = await fetch(`${server.url}/v2/usage`, { method: 'POST', headers, body })
    return { status: answer.status, retryAfter: answer.headers.get('retry-after'), text: await answer.text() }
  }
  const large = `[${' '.repeat(MIB - 2)}]`
  const answers: Awaited<ReturnType<typeof send>>[] = []
  const startedAt = performance.now()
  const sender = async () => {
    while (performance.now() - startedAt < 1_500) answers.push(await send(large))
  }
  await Promise.all(Array.from({ length: 8 }, sender))
  const seconds = (performance.now() - startedAt) / 1_000
  // Nearly all of it is outside the list of events, which is known only once it has been received.
  const received = answers.filter(({ status }) => status === 413).length
  const refused = answers.filter(({ status }) => status === 429)
  const most = (MAX.largeBodiesBytes / MIB) * (1 + seconds)
  process.stdout.write(
    `${answers.length} bodies of 1 MiB: ${received} received, ${most.toFixed(1)} at the most\n`,
  )
  expect(received + refused.length).toBe(answers.length)
  expect(received).toBeLessThanOrEqual(most)
  expect(received).toBeGreaterThanOrEqual(MAX.largeBodiesBytes / MIB)
  expect(refused[0]?.retryAfter).toBe('1')
  expect(refused[0]?.text).toContain('Too many large bodies')
  expect((await send('[]')).status).toBe(400)
})

/** Sends a head and as much of a mebibyte as the server takes, until the server closes; returns the number of written bytes. */
function pour(head: string): Promise<number> {
  return new Promise((resolve) => {
    const socket = connect(server.port, '127.0.0.1')
    socket.on('error', () => undefined)
    socket.on('data', () => undefined)
    socket.on('close', () => resolve(socket.bytesWritten))
    socket.write(`${head}Content-Length: ${MIB}\r\n\r\n`)
    socket.write(Buffer.alloc(MIB, 'x'))
  })
}

test('six hundred mebibytes from strangers, and from a key that is refused, take no memory', async () => {
  const heads = [
    headOf('POST /v2/authorize', UNKNOWN),
    headOf('POST /v2/authorize?permission=a', plainKey),
    headOf('PUT /v2/authorize/files/7', ''),
    headOf('POST /v1/system/init', JSON_TYPE),
    headOf('POST /v2/verify', JSON_TYPE + UNKNOWN),
    headOf('POST /v2/keys', JSON_TYPE),
    headOf('DELETE /nothing', JSON_TYPE),
  ]
  await Promise.all(heads.map(pour))
  const before = peakMib()
  for (let round = 0; round < 3; round += 1)
    await Promise.all(Array.from({ length: 200 }, (_, n) => pour(heads[n % heads.length] ?? '')))
  const grown = peakMib() - before
  process.stdout.write(`600 MiB that nobody reads: ${grown} MiB more at the most\n`)
  expect(grown).toBeLessThan(200)
}, 60_000)

/** The peak memory of the process. */
function peakMib(): number {
  try {
    const kib = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${server.pid}/status`, 'utf8'))?.[1]
    return Math.round(Number(kib) / 1024)
  } catch {
    return 0
  }
}
