import { afterAll, describe, expect, test } from 'bun:test'
import { statSync } from 'node:fs'
import { join } from 'node:path'
import { type ServerProcess, startServer } from '../support/server.ts'
import { smallDisk } from '../support/small-disk.ts'

const disk = smallDisk(48)
/** Of the last start with a reserve of 2 MiB. */
const RESERVE_BYTES = 2 * 1024 * 1024

describe.skipIf('absent' in disk)('a full disk', () => {
  let server: ServerProcess | null = null
  afterAll(async () => {
    await server?.end('SIGKILL')
    if (!('absent' in disk)) disk.unmount()
  })

  function running(): ServerProcess {
    if (server === null) throw new Error('The server does not run.')
    return server
  }

  async function call(method: string, path: string, body?: unknown) {
    const headers = { authorization: `Bearer ${rootKey}`, 'content-type': 'application/json' }
    const init = body === undefined ? { method, headers } : { method, headers, body: JSON.stringify(body) }
    const response = await fetch(running().url + path, init)
    // biome-ignore lint/suspicious/noExplicitAny: a test asserts on the members that it names.
    return { status: response.status, json: (await response.json()) as any }
  }

  let rootKey = ''
  const code = async (key: string) => (await call('POST', '/v2/verify', { key })).json.code

  async function use(keyId: string): Promise<number> {
    const events = Array.from({ length: 500 }, () => ({ id: crypto.randomUUID(), keyId, amount: '0.001' }))
    return (await call('POST', '/v2/usage', { events })).status
  }

  test('still takes a revoke, a disable and the end of a secret, is reported as not ready, and recovers by itself', async () => {
    if ('absent' in disk) return
    const settings = {
      LATCHKEY_DATABASE_URL: `sqlite:${join(disk.folder, 'latchkey.db')}`,
      LATCHKEY_DISK_RESERVE: '4',
      LATCHKEY_LOG_LEVEL: 'warn',
    }
    server = await startServer(settings)
    rootKey = server.rootKey
    const made = async (input: object = {}) =>
      (await call('POST', '/v2/keys', { access: 'use', ...input })).json
    const person = { username: 'ada', email: 'ada@example.org', displayName: 'Ada', role: 'USER' }
    const ada = (await call('POST', '/v2/users', person)).json
    const leaked = await made()
    const leakedToo = await made()
    const rotated = await made()
    const owned = await made({ ownerId: ada.id })
    const metered = (await made()).key.id
    await call('POST', `/v2/keys/${rotated.key.id}/rotate`, { overlap: '24h' })
    expect((await call('GET', '/readyz')).status).toBe(200)

    // Until the last block of the disk is used, and a write has failed.
    disk.fill()
    const filled = disk.freeBytes()
    let status = 200
    for (let n = 0; n < 200 && status === 200; n += 1) status = await use(metered)
    expect([filled, status]).toEqual([0, 503])
    expect((await call('GET', '/readyz')).status).toBe(503)
    expect((await call('POST', '/v2/keys', {})).status).toBe(503)
    // Work that can wait gets none of the reserve, however often it is tried.
    const names = await Promise.all(
      Array.from({ length: 50 }, (_, n) => call('PATCH', `/v2/keys/${metered}`, { name: `name ${n}` })),
    )
    expect(new Set(names.map((answer) => answer.status))).toEqual(new Set([503]))

    expect([await code(leaked.secret), await code(owned.secret), await code(rotated.secret)]).toEqual([
      'VALID',
      'VALID',
      'VALID',
    ])
    expect((await call('DELETE', `/v2/keys/${leaked.key.id}`)).status).toBe(200)
    expect((await call('PATCH', `/v2/keys/${leakedToo.key.id}`, { disabled: true })).status).toBe(200)
    expect((await call('PATCH', `/v2/users/${ada.id}`, { disabled: true })).status).toBe(200)
    expect((await call('DELETE', `/v2/keys/${rotated.key.id}/secrets/previous`)).status).toBe(200)
    const verdicts = async () => [
      await code(leaked.secret),
      await code(leakedToo.secret),
      await code(owned.secret),
      await code(rotated.secret),
    ]
    const dead = ['NOT_FOUND', 'DISABLED', 'DISABLED', 'NOT_FOUND']
    expect(await verdicts()).toEqual(dead)
    expect((await call('GET', '/readyz')).status).toBe(503)
    expect(await use(metered)).toBe(503)

    disk.makeRoom()
    const end = performance.now() + 15_000
    while ((await call('GET', '/readyz')).status !== 200 && performance.now() < end) await Bun.sleep(50)
    expect((await call('GET', '/readyz')).status).toBe(200)
    expect(await use(metered)).toBe(200)
    expect(await verdicts()).toEqual(dead)
    expect(running().output()).toContain('The disk is full')
    expect(running().output()).toContain('There is room on the disk again')

    // Every change that was answered on the full disk is stored.
    expect(await running().end('SIGKILL')).toBe('SIGKILL')
    server = await startServer(settings)
    expect(await verdicts()).toEqual(dead)
  }, 60_000)

  test('has room for a hundred revokes', async () => {
    if ('absent' in disk) return
    const keys = await Promise.all(
      Array.from(
        { length: 100 },
        async () => (await call('POST', '/v2/keys', { access: 'use' })).json.key.id,
      ),
    )
    const metered = keys[0] ?? ''
    disk.fill()
    for (let n = 0; n < 200 && (await use(metered)) === 200; n += 1);
    const statuses: number[] = []
    for (const id of keys) statuses.push((await call('DELETE', `/v2/keys/${id}`)).status)
    expect(new Set(statuses)).toEqual(new Set([200]))
    disk.makeRoom()
  }, 60_000)

  test('that a start finds gives it the reserve, which is whole again once there is room', async () => {
    if ('absent' in disk) return
    const folder = join(disk.folder, 'started')
    const database = join(folder, 'latchkey.db')
    const settings = { LATCHKEY_DATABASE_URL: `sqlite:${database}`, LATCHKEY_DISK_RESERVE: '2' }
    const reserve = () => statSync(`${database}.reserve`).size
    await server?.end('SIGTERM')
    server = await startServer(settings)
    rootKey = server.rootKey
    const keys = []
    for (let n = 0; n < 3; n += 1) keys.push((await call('POST', '/v2/keys', { access: 'use' })).json)
    const metered = keys[0].key.id
    for (const { key, secret } of keys.slice(1)) {
      expect(await running().end('SIGTERM')).toBe(0)
      disk.fill()
      expect([disk.freeBytes(), reserve()]).toEqual([0, RESERVE_BYTES])
      // Without the reserve a start would find no room for the log of the engine.
      server = await startServer(settings)
      expect((await call('GET', '/readyz')).status).toBe(503)
      expect(await use(metered)).toBe(503)
      expect((await call('DELETE', `/v2/keys/${key.id}`)).status).toBe(200)
      expect(await code(secret)).toBe('NOT_FOUND')
      // The next start finds what is left of it, and so not a full disk.
      expect(await running().end('SIGKILL')).toBe('SIGKILL')
      server = await startServer(settings)
      expect(await code(secret)).toBe('NOT_FOUND')
      disk.makeRoom()
      const end = performance.now() + 20_000
      while (reserve() < RESERVE_BYTES && performance.now() < end) await Bun.sleep(50)
      expect(reserve()).toBe(RESERVE_BYTES)
      expect(await use(metered)).toBe(200)
    }
  }, 90_000)
})
