import { describe, expect, test } from 'bun:test'
import { inspect } from 'node:util'
import { APIKeysApi, ApiClient, ApiClientError, Goodmem, ParseError, SystemApi, UsersApi } from './index.ts'

const SECRET = 'lk_003aUlTJC7tjlCTQj2uNU3MFagCXG9LRKRcwGkBIDlf3TQtQq'
const KEY = {
  ...{ apiKeyId: 'k', userId: 'u', keyPrefix: 'lk_003aU', status: 'ACTIVE', labels: { a: 'b' } },
  ...{ expiresAt: null, createdAt: 1, updatedAt: '1' },
}
const USER = { userId: 'u', email: 'e', displayName: 'd', createdAt: 1, updatedAt: 1 }

interface Clients {
  first: ApiClient
  later: Goodmem
}

type Case = [name: string, act: (c: Clients) => Promise<unknown>, answer: object]

/** Every operation that answers with something, and an answer to it. */
const CALLS: Case[] = [
  [
    'createApiKey',
    ({ first }) => new APIKeysApi(first).createApiKey({}),
    { apiKeyMetadata: KEY, rawApiKey: SECRET },
  ],
  ['listApiKeys', ({ first }) => new APIKeysApi(first).listApiKeys(), { keys: [KEY] }],
  ['listApiKeys', ({ first }) => new APIKeysApi(first).listApiKeys(), { keys: [{ ...KEY, keyPrefix: '' }] }],
  ['updateApiKey', ({ first }) => new APIKeysApi(first).updateApiKey('k', {}), KEY],
  ['getCurrentUser', ({ first }) => new UsersApi(first).getCurrentUser(), USER],
  ['getUser', ({ first }) => new UsersApi(first).getUser('u'), USER],
  ['getUser', ({ first }) => new UsersApi(first).getUser('u'), { ...USER, email: '' }],
  ['getUserByEmail', ({ first }) => new UsersApi(first).getUserByEmail('e'), USER],
  ['getSystemInfo', ({ first }) => new SystemApi(first).getSystemInfo(), { version: '1' }],
  ['initializeSystem', ({ first }) => new SystemApi(first).initializeSystem(), { alreadyInitialized: true }],
  ['create', ({ later }) => later.apikeys.create(), { apiKeyMetadata: KEY, rawApiKey: SECRET }],
  ['get', ({ later }) => later.apikeys.get('k'), KEY],
  ['list', ({ later }) => later.apikeys.list(), { keys: [KEY] }],
  ['update', ({ later }) => later.apikeys.update('k', {}), KEY],
]

const FOREIGN = [
  ...[
    '',
    ' ',
    'null',
    'true',
    '7',
    '"x"',
    '[]',
    '[{}]',
    '{}',
    '<html>',
    '{"keys":',
    '{"status":"ok"}',
    '{"id":1,"name":"bob"}',
  ],
  ...[
    '{"keys":7}',
    '{"keys":null}',
    '{"keys":{}}',
    '{"keys":[null]}',
    '{"keys":[{}]}',
    '{"keys":[{"apiKeyId":""}]}',
  ],
  ...[
    '{"data":[]}',
    '{"error":"no"}',
    '{"message":"Not Found"}',
    '{"apiKeyMetadata":{}}',
    '{"userId":7,"email":"e"}',
    '{"userId":"u","displayName":"d","createdAt":1,"updatedAt":1}',
    '{"userId":"u","email":null,"displayName":"d","createdAt":1,"updatedAt":1}',
  ],
]

function answering(status: number, body: string): Clients {
  const fetch = async () =>
    new Response(status === 204 || status === 205 ? null : body, {
      status,
      headers: { 'content-type': 'application/json' },
    })
  const first = new ApiClient('http://127.0.0.1:1')
  first.fetch = fetch
  return { first, later: new Goodmem({ baseUrl: 'http://127.0.0.1:1', apiKey: 'k', fetch }) }
}

async function expectRefused(act: Case[1], status: number, body: string): Promise<void> {
  const error = await act(answering(status, body)).then(
    (value) => value ?? 'nothing',
    (reason) => reason,
  )
  const expected = error instanceof ApiClientError || error instanceof ParseError
  if (!expected) throw new Error(`${status} ${body}: ${inspect(error)}`)
}

describe.each(CALLS)('%s', (_, act, answer) => {
  test('accepts its own response, and no foreign one, no other success, and none with an invalid member', async () => {
    await act(answering(200, JSON.stringify({ ...answer, more: 1 })))
    for (const body of FOREIGN) await expectRefused(act, 200, body)
    for (const status of [202, 203, 204, 205, 206, 299])
      await expectRefused(act, status, JSON.stringify(answer))
    let chances = 0
    for (const body of spoiltOnes(answer)) {
      chances += 1
      await expectRefused(act, 200, JSON.stringify(body))
    }
    expect(chances).toBeGreaterThan(0)
  })
})

/** The answer with each member that matters left out, null, empty or of another kind, one at a time. */
function* spoiltOnes(answer: unknown): Generator<unknown> {
  if (typeof answer !== 'object' || answer === null) return
  for (const [name, value] of Object.entries(answer)) {
    const matters = !['expiresAt', 'displayName', 'labels', 'a'].includes(name)
    const others = matters ? [undefined, null, '', {}] : name === 'labels' ? [7, []] : []
    // A user without an e-mail address has an empty one, and a key that was imported by its digest an empty prefix.
    const mayBeEmpty = name === 'email' || name === 'keyPrefix'
    for (const other of others.filter((each) => !mayBeEmpty || each !== ''))
      if (!Array.isArray(answer) || other !== undefined) yield withMember(answer, name, other)
    for (const deeper of spoiltOnes(value)) yield withMember(answer, name, deeper)
  }
}

function withMember(whole: object, name: string, value: unknown): unknown {
  return Array.isArray(whole)
    ? whole.map((item, index) => (String(index) === name ? value : item))
    : { ...whole, [name]: value }
}

test('the page of a proxy does not count as a deletion', async () => {
  const deletions: Case[1][] = [
    ({ first }) => new APIKeysApi(first).deleteApiKey('k'),
    ({ later }) => later.apikeys.delete('k'),
  ]
  for (const act of deletions) {
    for (const status of [200, 201, 202, 205, 206]) await expectRefused(act, status, '<html>Welcome</html>')
    await act(answering(204, ''))
  }
})

test('an unreadable response is in the error, and no printed form of it shows the secret', async () => {
  const body = JSON.stringify({ rawApiKey: SECRET })
  const error = await new APIKeysApi(answering(201, body).first).createApiKey({}).catch((reason) => reason)
  expect(error).toMatchObject({ status: 201, message: expect.stringContaining('`apiKeyMetadata.apiKeyId`') })
  expect(error.response.text).toBe(body)
  expect(inspect(error, { depth: 9 })).not.toContain(SECRET)
  expect(JSON.stringify(error)).not.toContain(SECRET)
})

test.each([
  ['the first client', ({ first }: Clients) => new APIKeysApi(first).listApiKeys()],
  [
    'the later client',
    async ({ later }: Clients) => {
      for await (const _ of await later.apikeys.list());
    },
  ],
])(
  "what prints an error of %s does not print a proxy's page, which may quote the request",
  async (_, act) => {
    const page = JSON.stringify({ request: { 'x-api-key': SECRET } })
    const error = await act(answering(502, page)).catch((reason) => reason)
    expect(JSON.stringify(error.body)).toContain(SECRET)
    for (const printed of [inspect(error, { depth: 9 }), JSON.stringify(error), String(error)])
      expect(printed).not.toContain(SECRET)
  },
)

test('a list whose pages refer to each other ends', async () => {
  let sent = 0
  const fetch = async () => Response.json({ keys: [KEY], nextToken: ['a', 'b', 'c'][sent++ % 3] })
  const client = new Goodmem({ baseUrl: 'http://127.0.0.1:1', apiKey: 'k', fetch })
  const all = async () => {
    for await (const _ of await client.apikeys.list({ maxResults: 1 }));
  }
  await expect(all()).rejects.toThrow('does not end')
  expect(sent).toBe(4)
})
