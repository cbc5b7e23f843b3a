import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { Client } from 'pg'
import type { KeyId } from '../../src/core/types.ts'
import { type CallOptions, type TestApp, testApp } from '../support/app.ts'
import { signInBrowser } from '../support/browser.ts'
import { postgresForTests, type TestDatabase } from '../support/postgres.ts'

const postgres = await postgresForTests()

interface Made {
  id: KeyId
  secret: string
}

describe.skipIf('absent' in postgres)('a row that another transaction has locked', () => {
  let database: TestDatabase
  let app: TestApp
  let operator: Client
  let locked: Made
  let free: Made
  let otherUser = ''

  beforeAll(async () => {
    if ('absent' in postgres) return
    database = await postgres.migratedDatabase()
    app = await testApp({ databaseUrl: database.url })
    operator = new Client({ connectionString: database.url })
    await operator.connect()
    const body = { username: 'other', email: 'other@example.org', displayName: 'Other', role: 'USER' }
    otherUser = (await app.call('POST', '/v2/users', { body })).json.id
    const limited = { access: 'use', limits: { total: '1000' } }
    locked = await made({ ...limited, ownerId: otherUser })
    free = await made(limited)
    for (const key of [locked, free]) await charge(key)
  })

  afterAll(async () => {
    await operator?.end()
    await app?.close()
    await database?.drop()
  })

  async function made(input: object): Promise<Made> {
    const { json } = await app.call('POST', '/v2/keys', { body: input })
    return { id: json.key.id, secret: json.secret }
  }

  async function charge({ secret }: Made): Promise<string> {
    const answer = await app.call('POST', '/v2/verify', { body: { key: secret, charge: '0.001' } })
    return answer.json.code
  }

  /** Locks the selected rows for this time, and meanwhile charges both keys. Returns the times of the other key's charges. */
  async function chargedBeside(lock: string, values: string[], ms: number) {
    await operator.query('begin')
    const { rowCount } = await operator.query(lock, values)
    expect(rowCount).toBeGreaterThan(0)
    let isLocked = true
    const stuck = Array.from({ length: 5 }, async () => ({ code: await charge(locked), waited: !isLocked }))
    const times: number[] = []
    const end = performance.now() + ms
    while (performance.now() < end) {
      // One more for the locked key now and then, so that each commit could meet it.
      if (times.length % 5 === 0) stuck.push(charge(locked).then((code) => ({ code, waited: !isLocked })))
      const begun = performance.now()
      expect(await charge(free)).toBe('VALID')
      times.push(performance.now() - begun)
    }
    isLocked = false
    await operator.query('rollback')
    const answers = await Promise.all(stuck)
    expect(new Set(answers.map(({ code }) => code))).toEqual(new Set(['VALID']))
    return {
      worst: Math.max(...times),
      count: times.length,
      held: answers.filter(({ waited }) => waited).length,
    }
  }

  /** How long a charge takes on this machine now, without a lock. */
  async function eachTook(): Promise<number> {
    const times = 10
    const begun = performance.now()
    for (let n = 0; n < times; n += 1) expect(await charge(free)).toBe('VALID')
    return (performance.now() - begun) / times
  }

  const LOCKS: [what: string, sql: string, of: 'key' | 'user'][] = [
    ['the totals of a key', 'select * from key_totals where key_id = $1 for update', 'key'],
    ['the sums of a key', 'select * from spend where key_id = $1 for update', 'key'],
    ['the sums of its owner', `select * from account_spend where account_id = $1 for update`, 'user'],
  ]

  for (const [n, [what, sql, of]] of LOCKS.entries()) {
    const ms = n === 0 ? 6_000 : 1_200
    test(`${what}, locked for ${ms} ms, keeps no charge of another key waiting`, async () => {
      const each = await eachTook()
      const { worst, count, held } = await chargedBeside(sql, [of === 'key' ? locked.id : otherUser], ms)
      console.log(
        `${what}: ${count} charges of another key, the slowest took ${worst.toFixed(0)} ms; ${held} of the locked one waited`,
      )
      // The lock did block, and only its own key: at first for as long as a commit waits for a lock.
      expect(held).toBeGreaterThan(0)
      expect(worst).toBeLessThan(1_000)
      // As many as a busy machine does without the lock, at a quarter of its pace; had they waited for it, there would be one or two.
      expect(count).toBeGreaterThan(Math.min(ms / 100, ms / (4 * each)))
    }, 30_000)
  }

  interface Money {
    key: Made
    owner: string
    /** The call of an ADMIN that moves money. */
    ask(to: string, body?: object): ReturnType<TestApp['call']>
    caller: Made
  }

  const LOST: [what: string, path: (ids: { key: string; owner: string; caller: string }) => string][] = [
    ['the key', ({ key }) => `/v2/keys/${key}`],
    ['its owner', ({ owner }) => `/v2/users/${owner}`],
    ['the caller', ({ caller }) => `/v2/keys/${caller}`],
  ]

  test.each(LOST)('calls that waited for it move no money once %s is disabled', async (what, path) => {
    const on = await moneyCalls(({ secret }) => Promise.resolve({ key: secret }))
    const isCaller = what === 'the caller'
    await movesWhileLocked(on, isCaller, async () => {
      const ids = { key: on.key.id, owner: on.owner, caller: on.caller.id }
      expect((await app.call('PATCH', path(ids), { body: { disabled: true } })).status).toBe(200)
    })
  })

  test('calls of a browser that waited for it move no money once it has signed out, at another node', async () => {
    let signOut = (_: TestApp['call']): Promise<{ status: number }> => Promise.reject(new Error('unknown'))
    const on = await moneyCalls(async ({ secret }) => {
      const browser = await signInBrowser(app.call, secret)
      signOut = browser.signOut
      return browser.options
    })
    const other = await testApp({ databaseUrl: database.url })
    await movesWhileLocked(on, true, async () => expect((await signOut(other.call)).status).toBe(204))
    await other.close()
  })

  async function moneyCalls(by: (caller: Made) => Promise<CallOptions>): Promise<Money> {
    const user = async (role: string) => {
      const body = { username: crypto.randomUUID(), displayName: role, role }
      return (await app.call('POST', '/v2/users', { body })).json.id
    }
    const owner = await user('USER')
    const key = await made({ ownerId: owner, limits: { total: '20' } })
    const caller = await made({ ownerId: await user('ADMIN'), access: 'manage' })
    const options = await by(caller)
    return { key, owner, caller, ask: (to, body) => app.call('POST', `/v2/${to}`, { ...options, body }) }
  }

  /** Moves money in every way behind a locked row, while something that it needs is lost. */
  async function movesWhileLocked({ key, ask }: Money, isCaller: boolean, lose: () => Promise<void>) {
    const reserve = () => ask('reservations', { keyId: key.id, amount: '1' })
    const report = (id: string) => ask('usage', { events: [{ id, keyId: key.id, amount: '1' }] })
    const holds = await Promise.all([reserve(), reserve(), reserve()])
    const [extended, settled, released] = holds.map(({ json }) => `reservations/${json.id}`)
    await report('before')
    await operator.query('begin')
    await operator.query('select * from account_versions where account_id = $1 for update', [key.id])
    const taking = [
      ask('verify', { key: key.secret, charge: '1' }),
      reserve(),
      ask(`${extended}/extend`, { amount: '2', ttlSeconds: 1_200 }),
    ]
    const telling = [
      ask(`${settled}/settle`, { amount: '1' }),
      ask(`${released}/release`),
      report('meanwhile'),
      ask('usage/corrections', { id: 'c', keyId: key.id, eventId: 'before', reason: 'x' }),
    ]
    const stuck = `select count(*)::int as count from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()`
    while ((await operator.query<{ count: number }>(stuck)).rows[0]?.count === 0) await Bun.sleep(1)
    await lose()
    await operator.query('rollback')
    const passed = async (calls: typeof taking) =>
      (await Promise.all(calls)).map(({ status, json }) => status < 300 && json.valid !== false)
    // What has happened already is recorded for a key that is disabled, but not by a caller that is.
    expect(await passed(taking)).toEqual([false, false, false])
    expect(await passed(telling)).toEqual(Array(4).fill(!isCaller))
    const { usage, budget } = (await app.call('GET', `/v2/keys/${key.id}`)).json
    expect([usage.total, budget[0].reserved]).toEqual(isCaller ? ['1', '3'] : ['2', '1'])
    if (!isCaller) return
    for (const { status } of await Promise.all([...taking, ...telling])) expect(status).toBe(401)
  }

  test('a revoke of another key does not wait either, although one of the locked key does', async () => {
    const spare = await made({ access: 'use' })
    const held = await made({ access: 'use' })
    await operator.query('begin')
    await operator.query('select * from keys where id = $1 for update', [held.id])
    const waiting = Array.from({ length: 8 }, (_, n) =>
      app.call('PATCH', `/v2/keys/${held.id}`, { body: { name: `name ${n}` } }),
    )
    const stuck = `select count(*)::int as count from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()`
    while ((await operator.query<{ count: number }>(stuck)).rows[0]?.count === 0) await Bun.sleep(1)
    const begun = performance.now()
    const revoked = await app.call('DELETE', `/v2/keys/${spare.id}`)
    const tookMs = performance.now() - begun
    await operator.query('rollback')
    expect(revoked.status).toBe(200)
    expect(tookMs).toBeLessThan(500)
    for (const answer of await Promise.all(waiting)) expect(answer.status).toBe(200)
  }, 30_000)
})
