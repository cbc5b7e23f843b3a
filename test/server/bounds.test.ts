import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { MAX } from '../../src/core/ground/bounds.ts'
import { type ServerProcess, startServer, temporaryFolder } from '../support/server.ts'
import { largestKey } from '../support/worst-bodies.ts'

// Every maximum of SECURITY.md is checked on a server in a process of its own, in every dialect that could exceed it.

const KEYS_PER_USER = 6
const HOLDS_PER_KEY = 4
const HOLDS_PER_USER = 10
const path = join(temporaryFolder(), 'k.db')
const settings = {
  LATCHKEY_DATABASE_URL: `sqlite:${path}`,
  LATCHKEY_ROOT_KEY: 'a root key of this test, long enough'.replaceAll(' ', '-'),
  LATCHKEY_KEYS_PER_USER: String(KEYS_PER_USER),
  LATCHKEY_HOLDS_PER_KEY: String(HOLDS_PER_KEY),
  LATCHKEY_HOLDS_PER_USER: String(HOLDS_PER_USER),
  LATCHKEY_FACTS_MEMORY: '1',
  LATCHKEY_MANAGEMENT_RATE: '1000000/1m',
  LATCHKEY_LOG_LEVEL: 'error',
}

let server: ServerProcess
beforeAll(async () => {
  server = await startServer(settings)
})
afterAll(() => server.end('SIGTERM'))

// biome-ignore lint/suspicious/noExplicitAny: a test asserts on the members that it names.
type Loose = any

async function call(
  method: string,
  target: string,
  body?: object,
  key = settings.LATCHKEY_ROOT_KEY,
): Promise<{ status: number; json: Loose }> {
  const response = await fetch(server.url + target, {
    method,
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
    ...(body && { body: JSON.stringify(body) }),
  })
  return { status: response.status, json: await response.json() }
}

const makeKey = async (body: object = {}) => (await call('POST', '/v2/keys', body)).json

async function makeUser(username: string): Promise<{ id: string; secret: string }> {
  const email = `${username}@example.com`
  const { id } = (await call('POST', '/v2/users', { username, email, displayName: username })).json
  return { id, secret: (await makeKey({ ownerId: id, access: 'full' })).secret }
}

describe('bounds of a running server', () => {
  test.each([
    ['the native API', '/v2/keys', { name: 'k' }, 409],
    ["OpenRouter's", '/api/v1/keys', { name: 'k' }, 409],
    ["GoodMem's", '/v1/apikeys', {}, 412],
  ])('keys of a USER, through %s, however many are made at once', async (what, target, body, refusal) => {
    const { id, secret } = await makeUser(`ada-${target.split('/')[1]}`)
    const made = await Promise.all(Array.from({ length: 20 }, () => call('POST', target, body, secret)))
    const refused = made.filter(({ status }) => status === refusal)
    process.stdout.write(`${what}: 20 keys at once, ${20 - refused.length} made\n`)
    expect([refused.length, made.length]).toEqual([20 - (KEYS_PER_USER - 1), 20])
    expect((await call('GET', `/v2/keys?ownerId=${id}`)).json.data).toHaveLength(KEYS_PER_USER)
    // Another user's request must not exceed it either.
    expect((await call('POST', '/v2/keys', { ownerId: id })).json.code).toBe('too_many_keys')
  })

  test('valid secrets of a key, however many rotations run concurrently', async () => {
    const { key, secret } = await makeKey()
    const made = await Promise.all(
      Array.from({ length: 30 }, () => call('POST', `/v2/keys/${key.id}/rotate`, { overlap: '24h' })),
    )
    const rotated = made.filter(({ status }) => status === 200)
    process.stdout.write(`30 rotations at once, ${rotated.length} made\n`)
    expect(rotated).toHaveLength(MAX.liveSecrets - 1)
    expect(new Set(made.filter(({ status }) => status !== 200).map(({ json }) => json.code))).toEqual(
      new Set(['too_many_secrets']),
    )
    const kept = (await call('GET', `/v2/keys/${key.id}`)).json
    expect(kept.secrets).toHaveLength(MAX.liveSecrets)
    for (const each of [secret, ...rotated.map(({ json }) => json.secret)])
      expect((await call('POST', '/v2/verify', { key: each })).json.code).toBe('VALID')
  })

  test('open reservations of a key, of no amount 0, also after the server was killed', async () => {
    const { key, secret } = await makeKey()
    const reserve = (amount = '1') => call('POST', '/v2/reservations', { keyId: key.id, amount })
    const held = await Promise.all([
      ...Array.from({ length: 10 }, () => reserve()),
      ...Array.from({ length: 10 }, () => call('POST', '/v2/verify', { key: secret, reserve: '1' })),
    ])
    expect(held.filter(({ status }) => status < 300)).toHaveLength(HOLDS_PER_KEY)
    expect(new Set(held.filter(({ status }) => status >= 300).map(({ json }) => json.code))).toEqual(
      new Set(['too_many_holds']),
    )
    const { key: other } = await makeKey()
    for (const amount of ['0', '0.0000000000', '-1'])
      expect(
        (await call('POST', '/v2/reservations', { keyId: other.id, amount })).status,
        `a reservation of ${amount}`,
      ).toBe(400)
    await server.end('SIGKILL')
    server = await startServer(settings)
    expect([(await reserve()).status, (await reserve()).json.code]).toEqual([429, 'too_many_holds'])
    expect((await call('POST', '/v2/reservations', { keyId: other.id, amount: '1' })).status).toBe(201)
  })

  test('open reservations of all keys of a user, also after the server was killed', async () => {
    const { id } = await makeUser('ada-of-many-holds')
    const keys = [
      await makeKey({ ownerId: id }),
      await makeKey({ ownerId: id }),
      await makeKey({ ownerId: id }),
    ]
    const reserve = (keyId: string) => call('POST', '/v2/reservations', { keyId, amount: '1' })
    const held = await Promise.all(
      [...keys, ...keys].flatMap(({ key, secret }) => [
        reserve(key.id),
        reserve(key.id),
        call('POST', '/v2/verify', { key: secret, reserve: '1' }),
      ]),
    )
    const refused = held.filter(({ status }) => status >= 300)
    process.stdout.write(
      `${held.length} reservations of a user at once, ${held.length - refused.length} made\n`,
    )
    expect(held.length - refused.length).toBe(HOLDS_PER_USER)
    expect(new Set(refused.map(({ json }) => json.code))).toEqual(new Set(['too_many_holds']))
    await server.end('SIGKILL')
    server = await startServer(settings)
    for (const { key } of keys)
      expect([(await reserve(key.id)).status, (await reserve(key.id)).json.code]).toEqual([
        429,
        'too_many_holds',
      ])
  })

  test('memory for the facts of the largest keys, all of which are verified', async () => {
    const secrets: string[] = []
    for (let n = 0; n < 120; n += 1) {
      const { limits: _, allowedIps: __, ...largest } = largestKey() as Record<string, unknown>
      secrets.push((await makeKey({ ...largest, access: 'use' })).secret)
    }
    for (const key of [...secrets, ...secrets.slice(0, 20)])
      expect((await call('POST', '/v2/verify', { key })).json.code).toBe('VALID')
    const metrics = await fetch(`${server.url}/metrics`, {
      headers: { authorization: `Bearer ${settings.LATCHKEY_ROOT_KEY}` },
    })
    const kept = Number(/^latchkey_facts_in_memory (\d+)$/m.exec(await metrics.text())?.[1])
    process.stdout.write(`${kept} of 120 largest keys kept in 1 MiB\n`)
    expect(kept).toBeGreaterThan(10)
    expect(kept).toBeLessThan(80)
  })

  test('the size of an audit row, whatever is done to the largest key and user', async () => {
    const names = (letter: string) =>
      Array.from({ length: MAX.permissionsPerKey }, (_, n) =>
        `${letter}${n}.`.padEnd(MAX.permissionChars, 'x'),
      )
    const labels = Object.fromEntries(
      Array.from({ length: MAX.labels }, (_, n) => [`l${n}.`.padEnd(255, 'x'), 'ж'.repeat(255)]),
    )
    const { key } = await makeKey(largestKey())
    const changed = await call('PATCH', `/v2/keys/${key.id}`, { permissions: names('q'), labels })
    expect(changed.status).toBe(200)
    for (let n = 0; n < 8; n += 1) await call('POST', `/v2/keys/${key.id}/rotate`, { overlap: '24h' })
    await call('DELETE', `/v2/keys/${key.id}?reason=${'r'.repeat(MAX.reasonChars)}`)
    const user = await makeUser('bounded')
    for (const letter of ['a', 'b']) {
      const policy = { permissions: names(letter) }
      expect((await call('PATCH', `/v2/users/${user.id}`, { policy })).status).toBe(200)
    }
    const database = new DatabaseSync(path, { readOnly: true })
    const rows = database
      .prepare(
        `select action, octet_length(coalesce(before, '')) + octet_length(coalesce(after, '')) as size
          from audit order by size desc`,
      )
      .all() as { action: string; size: number }[]
    database.close()
    process.stdout.write(`largest audit rows: ${JSON.stringify(rows.slice(0, 3))} of ${rows.length}\n`)
    expect(new Set(rows.slice(0, 20).map(({ action }) => action)).size).toBeGreaterThan(1)
    expect(rows[0]?.size).toBeLessThan(24_000)
  })

  test('metadata values per account and day; the sums stay complete, and an honest key keeps its own values', async () => {
    const { key } = await makeKey()
    const honest = (await makeKey()).key
    const report = (events: object[]) => call('POST', '/v2/usage', { events })
    for (let batch = 0; batch < 3; batch += 1) {
      const { json } = await report(
        Array.from({ length: MAX.usageEvents }, (_, n) => ({
          id: `${batch}-${n}`,
          keyId: key.id,
          amount: '0.001',
          meta: { user: `${batch}-${n}` },
        })),
      )
      expect(json.accepted).toBe(MAX.usageEvents)
    }
    await report([{ id: 'honest', keyId: honest.id, amount: '7', meta: { user: 'ada' } }])
    const grouped = async (keyId: string) =>
      (await call('GET', `/v2/usage?interval=day&groupBy=meta:user&keyId=${keyId}`)).json.data as Loose[]
    const rows = await grouped(key.id)
    expect(rows.filter(({ group }) => group['meta:user'] !== null)).toHaveLength(MAX.metaValues)
    expect(rows.reduce((sum, { requests }) => sum + requests, 0)).toBe(3 * MAX.usageEvents)
    expect(rows.reduce((sum, { amount }) => sum + Number(amount), 0)).toBeCloseTo(3)
    expect((await grouped(honest.id)).map(({ group, amount }) => [group['meta:user'], amount])).toEqual([
      ['ada', '7'],
    ])
    const { data } = (await call('GET', '/v2/usage?interval=day&groupBy=meta:user')).json
    expect(data.length).toBeLessThanOrEqual(MAX.metaValues + 1)
  })
})
