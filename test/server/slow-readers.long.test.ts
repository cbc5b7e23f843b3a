import { afterAll, beforeAll, expect, test } from 'bun:test'
import { connect, type Socket } from 'node:net'
import { MAX } from '../../src/core/ground/bounds.ts'
import { residentBytes } from '../support/process-memory.ts'
import { type ServerProcess, startServer, temporaryFolder } from '../support/server.ts'

// A large answer stays in the server's memory until its reader has taken it, and a reader may take as long as it likes.

const MIB = 1024 * 1024
const READERS = 48
/** The rows of the report, which has some 7 MB: more than the buffers of a connection on this machine. */
const KEYS = 10
const PER_KEY = 999
/** Five bytes of UTF-16 and of UTF-8 for two characters, so that pieces of an even length do not end at the end of one. */
const ODD = 'é😀'

let server: ServerProcess
let honest: string
beforeAll(async () => {
  server = await startServer({
    LATCHKEY_DATABASE_URL: `sqlite:${temporaryFolder()}/k.db`,
    LATCHKEY_MANAGEMENT_RATE: '1000000/1m',
    LATCHKEY_LOG_LEVEL: 'error',
    // On a busy machine the readers come slowly, and none of them may be gone before the last has come.
    LATCHKEY_IDLE_TIMEOUT: '4m',
  })
  for (let n = 0; n < KEYS; n += 1) {
    const { key } = await made('/v2/keys', { labels: { l: `${n}-${ODD.repeat(80)}` } })
    const events = Array.from({ length: PER_KEY }, (_, at) => ({
      id: `${n}-${at}`,
      keyId: key.id,
      amount: '0.01',
      meta: { x: `${n}-${at}-${ODD.repeat(80)}` },
    }))
    const sent = await send('/v2/usage', { events })
    expect(await sent.text()).toContain(`"accepted":${PER_KEY}`)
  }
  const { id } = await made('/v2/users', {
    username: 'honest',
    email: 'h@example.com',
    displayName: 'H',
    role: 'ADMIN',
  })
  honest = (await made('/v2/keys', { ownerId: id, access: 'full' })).secret
})
afterAll(() => server.end('SIGTERM'))

function send(path: string, body: object): Promise<Response> {
  const headers = { authorization: `Bearer ${server.rootKey}`, 'content-type': 'application/json' }
  return fetch(server.url + path, { method: 'POST', headers, body: JSON.stringify(body) })
}

async function made(
  path: string,
  body: object,
): Promise<{ id: string; key: { id: string }; secret: string }> {
  const response = await send(path, body)
  expect(response.status).toBe(201)
  return (await response.json()) as Awaited<ReturnType<typeof made>>
}

const REPORT = '/v2/usage?groupBy=label:l&groupBy=meta:x'
const report = (key: string, signal?: AbortSignal) =>
  fetch(server.url + REPORT, {
    headers: { authorization: `Bearer ${key}`, accept: 'application/json' },
    ...(signal && { signal }),
  })

/** Asks for the report and reads no more than the beginning of it. */
function slowReader(): Promise<{ status: number; socket: Socket }> {
  return new Promise((resolve) => {
    const socket = connect(server.port, '127.0.0.1')
    socket.on('error', () => {})
    socket.write(`GET ${REPORT} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${server.rootKey}\r\n\r\n`)
    socket.once('data', (data) => {
      socket.pause()
      resolve({ status: Number(data.toString('latin1').split(' ')[1]), socket })
    })
  })
}

test('a large answer arrives whole', async () => {
  const response = await report(server.rootKey)
  const bytes = new Uint8Array(await response.arrayBuffer())
  expect(response.headers.get('content-type')).toBe('application/json')
  // Pieces that ended within a character would show as broken ones.
  const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  expect(text).not.toContain('\ufffd')
  process.stdout.write(`${bytes.length} bytes, ${Math.ceil(text.length / MAX.answerPieceChars)} pieces\n`)
  expect(JSON.parse(text).data).toHaveLength(KEYS * PER_KEY)
  expect(bytes.length).toBeGreaterThan(7 * MIB)
})

test('many answers that are read slowly take bounded memory, and leave room when their readers go', async () => {
  const before = residentBytes(server.pid) ?? 0
  const readers: Awaited<ReturnType<typeof slowReader>>[] = []
  // One after the other: more reports of one user at the same moment are refused for another reason.
  while (readers.length < READERS) readers.push(await slowReader())
  const more = (residentBytes(server.pid) ?? 0) - before
  const count = (status: number) => readers.filter((reader) => reader.status === status).length
  process.stdout.write(
    `${count(200)} of ${READERS} answers, ${count(429)} refused, ${Math.round(more / MIB)} MiB more\n`,
  )
  expect(count(200) + count(429)).toBe(READERS)
  expect(count(200)).toBeGreaterThan(0)
  expect(count(200)).toBeLessThan(6)
  expect(more).toBeLessThan(500 * MIB)
  // The user that reads slowly can still see single records, and others see everything.
  const refused = await report(server.rootKey)
  expect(refused.status).toBe(429)
  expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0)
  expect(await refused.text()).toContain('large answers')
  const me = await fetch(`${server.url}/v2/keys?limit=1`, {
    headers: { authorization: `Bearer ${server.rootKey}` },
  })
  expect(me.status).toBe(200)
  for (let n = 0; n < 4; n += 1) expect(await read(reportInTime(honest))).toBe(200)
  for (const { socket } of readers) socket.destroy()
  await Bun.sleep(500)
  for (let n = 0; n < 4; n += 1) expect(await read(reportInTime(server.rootKey))).toBe(200)
}, 240_000)

test('readers that go at any moment leave nothing counted', async () => {
  const chances = { early: 0, late: 0 }
  // About half of them go early, however fast the machine is.
  let patienceMs = 200
  for (let n = 0; n < 40; n += 1) {
    const going = new AbortController()
    const asked = report(server.rootKey, going.signal)
    setTimeout(() => going.abort(), Math.random() * patienceMs)
    const isWhole = await read(asked).then(
      () => true,
      () => false,
    )
    chances[isWhole ? 'late' : 'early'] += 1
    patienceMs *= isWhole ? 0.8 : 1.25
  }
  process.stdout.write(`gone early ${chances.early}, read whole ${chances.late}\n`)
  expect(Math.min(chances.early, chances.late)).toBeGreaterThan(10)
  await Bun.sleep(500)
  // Two fill what a user may have, so anything that stayed counted would show.
  const both = [await reportInTime(server.rootKey), await reportInTime(server.rootKey)]
  expect(both.map(({ status }) => status)).toEqual([200, 200])
  for (const each of both) await each.arrayBuffer()
}, 240_000)

/** On a busy machine a report may take longer than it may. */
async function reportInTime(key: string): Promise<Response> {
  for (let tries = 0; ; tries += 1) {
    const response = await report(key)
    if (response.status !== 503 || tries === 10) return response
    await response.arrayBuffer()
  }
}

async function read(asked: Promise<Response>): Promise<number> {
  const response = await asked
  await response.arrayBuffer()
  return response.status
}
