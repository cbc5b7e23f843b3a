import { describe, expect, test } from 'bun:test'
import { inspect } from 'node:util'
import { Latchkey, LatchkeyApiError, LatchkeyResponseError } from '../index.ts'

const TIME = '2026-11-22T12:00:00.000Z'
const SECRET = 'lk_003aUlTJC7tjlCTQj2uNU3MFagCXG9LRKRcwGkBIDlf3TQtQq'

const limit = {
  scope: 'key',
  id: 'k',
  window: 'daily',
  limit: '1',
  spent: '0',
  reserved: '0',
  remaining: '1',
  resetsAt: TIME,
}
const { scope: _scope, id: _id, ...ownLimit } = limit
const rate = { name: 'r', limit: 1, window: '1s', remaining: 1, resetsAt: TIME }
const passed = {
  valid: true,
  code: 'VALID',
  keyId: 'k',
  ownerId: 'o',
  workspaceId: 'w',
  externalUserId: null,
  name: '',
  labels: { a: 'b' },
  permissions: ['a'],
  expiresAt: TIME,
  budget: [limit],
  rateLimits: [rate],
  revision: 1,
}
const hold = { id: 'r', amount: '1', state: 'open', expiresAt: TIME }
const key = {
  ...{ id: 'k', hash: 'h', name: '', mask: 'm', access: 'use', disabled: false, status: 'active' },
  ...{ ownerId: 'o', workspaceId: 'w', labels: {}, permissions: [], limits: { daily: '1' }, expiresAt: null },
  ...{ createdAt: TIME, updatedAt: TIME, budget: [ownLimit], revision: 1 },
}
const reservation = {
  ...{ id: 'r', keyId: 'k', ownerId: 'o', workspaceId: 'w', amount: '1', state: 'open' },
  ...{ heldAt: TIME, expiresAt: TIME, settled: null },
}
const user = {
  ...{ id: 'u', username: 'u', email: 'e', displayName: 'd', role: 'USER', disabled: false, limits: {} },
  ...{ createdAt: TIME, updatedAt: TIME, revision: 1 },
}
const workspace = {
  ...{ id: 'w', slug: 's', name: 'n', isDefault: false, limits: {} },
  ...{ createdAt: TIME, updatedAt: TIME, revision: 1 },
}
const member = { userId: 'u', username: 'u', displayName: 'd', joinedAt: TIME }
const impact = {
  keys: 1,
  usedRecently: 0,
  hasMore: false,
  data: [{ id: 'k', name: 'n', lastUsedAt: null }],
}
const handedOver = {
  handedOver: 1,
  failed: 0,
  results: [{ id: 'k', status: 'handed_over' }],
  nextCursor: null,
}
const crossings = { data: [{ window: 'daily', start: TIME, percent: 50, at: TIME }] }
const entry = {
  ...{ id: 'a', at: TIME, action: 'key.create', outcome: 'done' },
  ...{ target: { kind: 'key', id: 'k' }, actor: { userId: null, keyId: null } },
}
const revocation = {
  ...{ id: 'k', status: 'revoked', revision: 1 },
  effective: { scope: 'all-nodes', nodes: 1, at: TIME },
}
const page = (item: object) => ({ data: [item], nextCursor: null })

type Act = (client: Latchkey) => Promise<unknown>

/** Every operation that answers with something, and an answer to it. */
const CALLS: [name: string, act: Act, answer: object, status?: number][] = [
  ['verify', (c) => c.verify({ key: 'x' }), passed],
  [
    'verify with money',
    (c) => c.verify({ key: 'x', charge: 1, reserve: 1 }),
    { ...passed, charged: '1', reservation: hold },
  ],
  ['keys.create', (c) => c.keys.create({}, { idempotencyKey: 'i' }), { key }, 201],
  ['keys.create, shown', (c) => c.keys.create(), { key, secret: SECRET }, 201],
  ['keys.list', (c) => c.keys.list().page(), page(key)],
  ['keys.get', (c) => c.keys.get('k'), key],
  ['keys.update', (c) => c.keys.update('k', {}), key],
  ['keys.revoke', (c) => c.keys.revoke('k'), revocation],
  [
    'keys.import',
    (c) => c.keys.import([{ sha256: 's' }]),
    { results: [{ sha256: 's', status: 'created', id: 'k' }], created: 1, existing: 0, failed: 0 },
  ],
  [
    'keys.revokeMany',
    (c) => c.keys.revokeMany({ ids: ['k'] }),
    {
      results: [{ key: 'k', status: 'revoked', id: 'k' }],
      ...{ revoked: 1, alreadyRevoked: 0, skipped: 0, failed: 0 },
      effective: { scope: 'all-nodes', nodes: 1, at: TIME },
      nextCursor: null,
    },
  ],
  [
    'keys.getSelf',
    (c) => c.keys.getSelf(),
    {
      key,
      refusal: { valid: false, code: 'DISABLED', keyId: 'k' },
      detail: 'd',
      budget: [limit],
      rateLimits: [rate],
    },
  ],
  ['keys.revokeSelf', (c) => c.keys.revokeSelf(), revocation],
  ['keys.rotate', (c) => c.keys.rotate('k'), { key, secret: SECRET }],
  ['keys.endOverlap', (c) => c.keys.endOverlap('k'), key],
  ['keys.boost', (c) => c.keys.boost('k', 'daily', { amount: 1, until: TIME }), key],
  ['keys.endBoost', (c) => c.keys.endBoost('k', 'daily'), key],
  ['keys.thresholds', (c) => c.keys.thresholds('k'), crossings],
  [
    'reservations.create',
    (c) => c.reservations.create({ keyId: 'k', amount: 1 }),
    { ...reservation, budget: [limit] },
    201,
  ],
  ['reservations.list', (c) => c.reservations.list().page(), page(reservation)],
  ['reservations.get', (c) => c.reservations.get('r'), reservation],
  [
    'reservations.settle',
    (c) => c.reservations.settle('r', { amount: 1 }),
    { ...reservation, state: 'settled', settled: '1' },
  ],
  ['reservations.release', (c) => c.reservations.release('r'), { ...reservation, state: 'released' }],
  [
    'thresholds',
    (c) => c.thresholds({ percent: 80 }).page(),
    page({ scope: 'key', id: 'k', window: 'daily', start: TIME, percent: 80, at: TIME }),
  ],
  ['usage.report', (c) => c.usage.report([]), { accepted: 1, duplicates: 0 }],
  [
    'usage.summarise',
    (c) => c.usage.summarise(),
    { data: [{ start: TIME, group: { owner: null }, amount: '1', byokAmount: '0', requests: 1 }] },
  ],
  ['users.create', (c) => c.users.create({ username: 'u', email: 'e', displayName: 'd' }), user, 201],
  ['users.list', (c) => c.users.list().page(), page(user)],
  ['users.get', (c) => c.users.get('u'), { ...user, budget: [ownLimit] }],
  ['users.update', (c) => c.users.update('u', {}), user],
  ['users.impact', (c) => c.users.impact('u'), impact],
  ['users.handOver', (c) => c.users.handOver('u', { to: 'v' }), handedOver],
  ['users.thresholds', (c) => c.users.thresholds('u'), crossings],
  ['workspaces.create', (c) => c.workspaces.create({ name: 'n', slug: 's' }), workspace, 201],
  ['workspaces.list', (c) => c.workspaces.list().page(), page(workspace)],
  ['workspaces.get', (c) => c.workspaces.get('w'), { ...workspace, budget: [] }],
  ['workspaces.update', (c) => c.workspaces.update('w', {}), workspace],
  ['workspaces.thresholds', (c) => c.workspaces.thresholds('w'), crossings],
  ['workspaces.members.add', (c) => c.workspaces.members.add('w', { userId: 'u' }), member, 201],
  ['workspaces.members.list', (c) => c.workspaces.members.list('w').page(), page(member)],
  ['audit.list', (c) => c.audit.list().page(), page(entry)],
]

/** These are no valid answers, whatever the call. */
const FOREIGN = [
  '', ' ', 'null', 'true', '7', '"VALID"', '[]', '[{}]', '{}', '<html>', '{"valid":tr', '{"status":"ok"}', '{"id":1,"name":"bob"}',
  '{"id":"r1","state":"open"}', '{"data":null}', '{"data":{}}', '{"data":7}', '{"data":[{}],"nextCursor":null}', '{"data":[null]}',
  '{"data":[{"id":"x"}],"nextCursor":null}', '{"error":{"code":404,"message":"no"}}', '{"message":"Not Found"}', '{"key":{}}',
  '{"key":null,"secret":"x"}', '{"valid":true}', '{"valid":false}', '{"code":"VALID"}', '{"valid":true,"code":"VALID"}',
] // biome-ignore format: a list

function answering(status: number, body: string | null): { client: Latchkey; sent: () => number } {
  let count = 0
  const fetch = async () => {
    count += 1
    return new Response(status === 204 || status === 205 ? null : body, {
      status,
      headers: { 'content-type': 'application/json' },
    })
  }
  return {
    client: new Latchkey({ baseUrl: 'http://127.0.0.1:1', apiKey: 'lk_x', fetch, retry: { initialMs: 0 } }),
    sent: () => count,
  }
}

/** The error of a call; fails the test when the call throws none. */
async function failure(act: Act, status: number, body: string | null): Promise<unknown> {
  const { client, sent } = answering(status, body)
  const error = await act(client).then(
    (value) => new Error(`it answered ${JSON.stringify(value)}`),
    (reason) => reason,
  )
  expect(sent()).toBe(1)
  return error
}

describe.each(CALLS)('%s', (_, act, answer, status = 200) => {
  test('accepts its own response, also with unknown members', async () => {
    const { client } = answering(status, JSON.stringify({ ...answer, of_a_newer_server: { a: [1] } }))
    await act(client)
  })

  test('refuses a foreign body', async () => {
    for (const body of FOREIGN) {
      const error = await failure(act, 200, body)
      if (!(error instanceof LatchkeyResponseError)) throw new Error(`${body}: ${error}`)
    }
  })

  test('refuses any other success: no body, a partial one, a later result', async () => {
    for (const other of [202, 203, 204, 205, 206, 207, 226, 299]) {
      const error = await failure(act, other, JSON.stringify(answer))
      if (!(error instanceof LatchkeyResponseError)) throw new Error(`${other}: ${error}`)
    }
  })

  test('refuses a response with a missing member or one of another kind', async () => {
    let chances = 0
    for (const [place, spoilt] of spoiltOnes(answer)) {
      chances += 1
      const error = await failure(act, status, JSON.stringify(spoilt))
      if (!(error instanceof LatchkeyResponseError)) throw new Error(`${place}: ${error}`)
    }
    expect(chances).toBeGreaterThan(3)
  })
})

/** The answer with each of its members left out or of another kind, one at a time, at any depth. */
function* spoiltOnes(answer: unknown, place = ''): Generator<[string, unknown]> {
  if (typeof answer !== 'object' || answer === null) return
  for (const [name, value] of Object.entries(answer)) {
    const at = `${place}.${name}`
    if (!Array.isArray(answer) && !MAY_BE_ABSENT.test(at))
      yield [`${at} left out`, withMember(answer, name, undefined)]
    if (value !== null)
      yield [`${at} of another kind`, withMember(answer, name, Array.isArray(value) ? {} : [])]
    for (const [deeper, spoilt] of spoiltOnes(value, at)) yield [deeper, withMember(answer, name, spoilt)]
  }
}

// Members that are null when there is nothing to tell, and entries of maps.
const MAY_BE_ABSENT =
  /(secret|resetsAt|settled|externalUserId|nextCursor|group|owner|target\.id|actor\.\w+|labels\.a|limits\.daily|^(\.key|\.data\.0)?\.expiresAt)$/

function withMember(whole: object, name: string, value: unknown): unknown {
  return Array.isArray(whole)
    ? whole.map((item, index) => (String(index) === name ? value : item))
    : { ...whole, [name]: value }
}

describe('a verdict that contradicts itself lets nobody in', () => {
  const CONTRADICTIONS: [string, object][] = [
    ['valid beside EXPIRED', { ...passed, code: 'EXPIRED' }],
    ['valid beside NOT_FOUND', { ...passed, code: 'NOT_FOUND' }],
    ['valid beside a code of nobody', { ...passed, code: 'NEW' }],
    ['valid without a code', { ...passed, code: '' }],
    ['VALID beside a refusal', { ...passed, valid: false }],
    ['VALID by another case', { ...passed, code: 'valid' }],
    ['true as a text', { ...passed, valid: 'true' }],
    ['one as a truth', { ...passed, valid: 1 }],
    ['no key', { ...passed, keyId: '' }],
    ['no owner', { ...passed, ownerId: '' }],
    ['an expiry that is none', { ...passed, expiresAt: 'soon' }],
    ['a limit that is none', { ...passed, budget: [null] }],
    ['an amount that is none', { ...passed, budget: [{ ...limit, remaining: 'a lot' }] }],
    ['an amount that is a number', { ...passed, budget: [{ ...limit, remaining: 1 }] }],
    ['a refusal that names nobody', { valid: false, code: 'BUDGET_EXCEEDED' }],
    ['a refusal that binds nothing', { valid: false, code: 'RATE_LIMITED', keyId: 'k', bound: {} }],
  ]
  test.each(CONTRADICTIONS)('%s', async (_, body) => {
    expect(await failure((c) => c.verify({ key: 'x' }), 200, JSON.stringify(body))).toBeInstanceOf(
      LatchkeyResponseError,
    )
  })

  test('nor does one without the requested charge or hold', async () => {
    const silent = JSON.stringify(passed)
    for (const ask of [{ charge: '1' }, { charge: 0 }, { reserve: '1' }])
      expect(await failure((c) => c.verify({ key: 'x', ...ask }), 200, silent)).toBeInstanceOf(
        LatchkeyResponseError,
      )
    await answering(200, silent).client.verify({ key: 'x', charge: null, reserve: undefined })
  })
})

test('an open reservation is not accepted as settled, and a settled one not as released', async () => {
  const open = JSON.stringify(reservation)
  const settled = JSON.stringify({ ...reservation, state: 'settled', settled: '1' })
  expect(await failure((c) => c.reservations.settle('r', {}), 200, open)).toBeInstanceOf(
    LatchkeyResponseError,
  )
  expect(await failure((c) => c.reservations.release('r'), 200, open)).toBeInstanceOf(LatchkeyResponseError)
  expect(await failure((c) => c.reservations.release('r'), 200, settled)).toBeInstanceOf(
    LatchkeyResponseError,
  )
})

test('an empty answer is a success only with status 204: a page of a proxy is not a deletion', async () => {
  for (const act of [(c: Latchkey) => c.users.delete('u'), (c: Latchkey) => c.workspaces.delete('w')]) {
    for (const status of [200, 201, 202, 205, 206])
      expect(await failure(act, status, '<html>Welcome</html>')).toBeInstanceOf(LatchkeyResponseError)
    await act(answering(204, null).client)
  }
})

test('the error says where, and shows no secret', async () => {
  const body = JSON.stringify({ key: { ...key, id: 7 }, secret: SECRET })
  const error = await failure((c) => c.keys.create(), 201, body)
  expect(error).toMatchObject({ status: 201, body })
  expect((error as Error).message).toContain('`key.id` is missing or not what it must be')
  expect(inspect(error)).not.toContain(SECRET)
  expect(JSON.stringify(error)).not.toContain(SECRET)
})

test("what prints an error does not print a proxy's page, which may quote the request with its keys", async () => {
  const fetch = async (_url: string, { headers, body }: RequestInit) => {
    const page = `<pre>${JSON.stringify([...new Headers(headers)])} ${body}</pre>`
    return new Response(page, { status: 502, headers: { 'x-debug': page } })
  }
  const latchkey = new Latchkey({
    baseUrl: 'http://127.0.0.1:1',
    apiKey: SECRET,
    fetch,
    retry: { maxRetries: 0 },
  })
  const error = await latchkey.verify({ key: 'sk-of-a-customer' }).catch((reason: unknown) => reason)
  expect(error).toBeInstanceOf(LatchkeyApiError)
  const { body, headers } = error as LatchkeyApiError
  for (const secret of [SECRET, 'sk-of-a-customer']) {
    for (const told of [body, headers.get('x-debug')]) expect(told).toContain(secret)
    for (const printed of [inspect(error, { depth: 9 }), JSON.stringify(error), String(error)])
      expect(printed).not.toContain(secret)
  }
})

describe('a list ends', () => {
  const cursors: [string, (string | null)[]][] = [
    ['a page that names itself', ['a', 'a', 'a', 'a']],
    ['two pages that name each other', ['a', 'b', 'a', 'b', 'a']],
    ['a ring far into the list', ['a', 'b', 'c', 'd', 'e', 'c', 'd', 'e']],
  ]
  test.each(cursors)('%s', async (_, names) => {
    let sent = 0
    const fetch = async () => Response.json({ data: [key], nextCursor: names[sent++ % names.length] })
    const latchkey = new Latchkey({ baseUrl: 'http://127.0.0.1:1', apiKey: 'x', fetch })
    const all = async () => {
      let count = 0
      for await (const _key of latchkey.keys.list()) count += 1
      return count
    }
    await expect(all()).rejects.toThrow('does not end')
    expect(sent).toBeLessThanOrEqual(6)
  })

  test('also one that starts at a cursor of the caller and returns to it', async () => {
    let sent = 0
    const fetch = async () => {
      sent += 1
      return Response.json({ data: [key], nextCursor: 'mine' })
    }
    const latchkey = new Latchkey({ baseUrl: 'http://127.0.0.1:1', apiKey: 'x', fetch })
    const all = async () => {
      for await (const _key of latchkey.keys.list({ cursor: 'mine' }));
    }
    await expect(all()).rejects.toThrow('does not end')
    expect(sent).toBe(1)
  })
})
