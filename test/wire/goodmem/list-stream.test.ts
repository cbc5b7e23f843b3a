import { afterAll, beforeAll, beforeEach, expect, test } from 'bun:test'
import { MAX } from '../../../src/core/ground/bounds.ts'
import { Fault } from '../../../src/core/ground/faults.ts'
import { LIST } from '../../../src/http/goodmem/list-bounds.ts'
import { listen } from '../../../src/http/kernel/server.ts'
import { openStore } from '../../../src/store/open.ts'
import type { Store } from '../../../src/store/store.ts'
import { type TestApp, testApp } from '../../support/app.ts'
import { callOf } from '../cast.ts'
import { httpBytes, sendRaw } from './raw-http.ts'

// The list without parameters, when it is longer than one read (docs/wire/goodmem.md#list-keys).

// Two full reads and part of a third, with the root key.
const KEYS = 2 * LIST.chunkKeys + 200
const MAKING_TIMEOUT_MS = 60_000

let app: TestApp
let pagesRead: number
let failAtPage: number
let ids: string[]

beforeAll(async () => {
  const store = await openStore('sqlite::memory:')
  // The real store, with a count of its reads and a fault on demand.
  const listKeyTexts: Store['listKeyTexts'] = async (query, form) => {
    pagesRead += 1
    if (pagesRead >= failAtPage) throw new Fault('store_unavailable')
    return store.listKeyTexts(query, form)
  }
  app = await testApp({ store: { ...store, listKeyTexts } })
  ids = await makeKeys(KEYS - 1)
}, MAKING_TIMEOUT_MS)

beforeEach(() => {
  pagesRead = 0
  failAtPage = Number.POSITIVE_INFINITY
  app.errors.length = 0
})

afterAll(() => app.close())

/** Makes keys, several in each millisecond, and returns the ids of all keys in the order of the list. */
async function makeKeys(count: number): Promise<string[]> {
  const call = await callOf(app, app.rootKey)
  const made: string[] = [call.principal.keyId]
  for (let index = 0; index < count; index += 1) {
    if (index % 7 === 0) app.clock.advance(1)
    const { view } = await app.latchkey.keys.create(call, { access: 'use', labels: { index: String(index) } })
    made.unshift(view.key.id)
  }
  return made
}

function idsOf(list: { keys: { apiKeyId: string }[] }): string[] {
  return list.keys.map(({ apiKeyId }) => apiKeyId)
}

function get(path: string): Promise<Response> {
  const request = new Request(`http://127.0.0.1${path}`, { headers: { 'x-api-key': app.rootKey } })
  return Promise.resolve(app.fetch(request, {}))
}

test('the whole list comes in order, as one JSON document', async () => {
  const { status, headers, json } = await app.call('GET', '/v1/apikeys')
  expect([status, headers.get('content-type')]).toEqual([200, 'application/json'])
  expect(Object.keys(json)).toEqual(['keys'])
  expect(idsOf(json)).toEqual(ids)
  expect(json.keys.every((key: object) => Object.keys(key).length === 11)).toBe(true)
  expect(app.errors).toEqual([])
})

test('the whole list comes over a socket', async () => {
  const server = listen({ hostname: '127.0.0.1', port: 0, idleTimeoutMs: 5_000, fetch: app.fetch })
  try {
    const lines = ['GET /v1/apikeys HTTP/1.1', `Host: 127.0.0.1:${server.port}`, `x-api-key: ${app.rootKey}`]
    const { status, headers, body } = await sendRaw(server.port, httpBytes(lines))
    expect([status, headers.get('content-type')]).toEqual([200, 'application/json'])
    expect(idsOf(JSON.parse(body))).toEqual(ids)
  } finally {
    await server.stop(0)
  }
})

// Smaller than one read, as large, larger, and about as long as the list.
const CHUNK = LIST.chunkKeys
const SIZES = [100, CHUNK - 1, CHUNK, CHUNK + 1, 300, 2 * CHUNK, KEYS - 1, KEYS, KEYS + 1, LIST.pageSize]
test.each(SIZES)('pages of %p, put together, are the whole list', async (size) => {
  const collected: string[] = []
  const lengths: number[] = []
  let token = ''
  do {
    const { json } = await app.call('GET', `/v1/apikeys?maxResults=${size}${token}`)
    collected.push(...idsOf(json))
    lengths.push(json.keys.length)
    expect(Object.keys(json)).toEqual(json.nextToken === undefined ? ['keys'] : ['keys', 'nextToken'])
    token = json.nextToken === undefined ? '' : `&nextToken=${json.nextToken}`
  } while (token !== '')
  expect(collected).toEqual(ids)
  expect(lengths.slice(0, -1).every((length) => length === size)).toBe(true)
  expect(lengths.length).toBe(Math.ceil(KEYS / size))
})

test('no more is read than the receiver requests, and nothing once it is gone', async () => {
  const response = await get('/v1/apikeys')
  expect(pagesRead).toBe(1)
  const reader = response.body?.getReader()
  await reader?.read()
  expect(pagesRead).toBe(1)
  await reader?.read()
  expect(pagesRead).toBe(2)
  await reader?.cancel()
  await app.call('GET', '/v1/users/me')
  expect(pagesRead).toBe(2)
})

test('lists that nobody goes on reading are bounded, each as one page of it, and leave room when their readers go', async () => {
  const first = (await get('/v1/apikeys')).body?.getReader()
  const pageBytes = (await first?.read())?.value?.byteLength ?? 0
  await first?.cancel()
  const begun: Response[] = []
  let refused: Response | undefined
  while (refused === undefined && begun.length < 1_000) {
    const response = await get('/v1/apikeys')
    if (response.status !== 200) refused = response
    else begun.push(response)
  }
  expect(refused?.status).toBe(429)
  const most = MAX.answersUnderWay.each / pageBytes
  process.stdout.write(`${begun.length} lists of pages of ${pageBytes} bytes\n`)
  expect(begun.length).toBeGreaterThan(most - 2)
  expect(begun.length).toBeLessThan(most + 2)
  for (const { body } of begun) await body?.cancel()
  expect((await get('/v1/apikeys')).status).toBe(200)
})

test('a failure at the start is an ordinary answer', async () => {
  failAtPage = 1
  const { status, headers, json } = await app.call('GET', '/v1/apikeys')
  expect([status, headers.get('retry-after'), json.status]).toEqual([503, '1', 503])
})

test('a failure in the middle aborts the response and is reported', async () => {
  failAtPage = 2
  const response = await get('/v1/apikeys')
  expect(response.status).toBe(200)
  await expect(response.text()).rejects.toThrow()
  expect(app.errors).toEqual([expect.objectContaining({ code: 'store_unavailable' })])
})

test('a failure in the middle leaves a client on a socket with a visibly incomplete response', async () => {
  failAtPage = 2
  const server = listen({ hostname: '127.0.0.1', port: 0, idleTimeoutMs: 5_000, fetch: app.fetch })
  try {
    const lines = ['GET /v1/apikeys HTTP/1.1', `Host: 127.0.0.1:${server.port}`, `x-api-key: ${app.rootKey}`]
    await expect(sendRaw(server.port, httpBytes(lines))).rejects.toThrow()
    expect(app.errors).toHaveLength(1)
  } finally {
    await server.stop(0)
  }
})

test('a caller that loses the right to read in the middle gets no further part', async () => {
  const root = await callOf(app, app.rootKey)
  const person = { username: 'reader', email: 'reader@example.com', displayName: 'R', role: 'ADMIN' as const }
  const { id: ownerId } = await app.latchkey.users.create(root, person)
  const { view, secret } = await app.latchkey.keys.create(root, { ownerId, access: 'full' })
  const request = new Request('http://127.0.0.1/v1/apikeys', { headers: { 'x-api-key': secret.reveal() } })
  const response = await app.fetch(request, {})
  const reader = response.body?.getReader()
  expect((await reader?.read())?.done).toBe(false)
  expect(pagesRead).toBe(1)
  await app.latchkey.keys.revoke(root, { id: view.key.id }, { reason: null })
  await expect(reader?.read()).rejects.toThrow()
  expect(pagesRead).toBe(1)
  expect(app.errors).toEqual([])
})
