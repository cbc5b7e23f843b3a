import { afterAll, describe, expect, test } from 'bun:test'
import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { type ServerProcess, startServer, temporaryFolder } from '../support/server.ts'

const CHANGES = 100
const REPORTS = 10
const EVENTS = 1_000

describe('a database whose write lock another program holds', () => {
  const path = join(temporaryFolder(), 'latchkey.db')
  let server: ServerProcess | null = null
  afterAll(() => server?.end('SIGKILL'))

  async function call(method: string, route: string, body?: unknown) {
    if (server === null) throw new Error('The server does not run.')
    const headers = { authorization: `Bearer ${server.rootKey}`, 'content-type': 'application/json' }
    const init = body === undefined ? { method, headers } : { method, headers, body: JSON.stringify(body) }
    const begun = performance.now()
    // The server cuts connections on which nothing happens for too long; then there is no answer.
    const response = await fetch(server.url + route, init).catch(() => null)
    // biome-ignore lint/suspicious/noExplicitAny: a test asserts on the members that it names.
    const json = (await response?.json()) as any
    return { status: response?.status ?? 'no answer', json, tookMs: performance.now() - begun }
  }

  const made = async () => (await call('POST', '/v2/keys', { access: 'use' })).json
  const code = async (key: string) => (await call('POST', '/v2/verify', { key })).json.code

  async function reported(keyId: string) {
    const events = Array.from({ length: EVENTS }, () => ({ id: crypto.randomUUID(), keyId, amount: '0.001' }))
    return call('POST', '/v2/usage', { events })
  }

  test('refuses the changes that wait, so that no revoke waits for each of them, and goes on when the lock is free', async () => {
    server = await startServer({ LATCHKEY_DATABASE_URL: `sqlite:${path}`, LATCHKEY_LOG_LEVEL: 'silent' })
    const others = []
    for (let n = 0; n < CHANGES; n += 1) others.push((await made()).key.id)
    const [leaked, leakedToo] = [await made(), await made()]
    const lock = await lockedBySomebody(path)

    const changes = others.map((id, n) => call('PATCH', `/v2/keys/${id}`, { name: `name ${n}` }))
    const revoke = await call('DELETE', `/v2/keys/${leaked.key.id}`)
    console.log(`a revoke behind ${CHANGES} changes waited ${(revoke.tookMs / 1_000).toFixed(1)} s`)
    const refused = [revoke, ...(await Promise.all(changes))]
    expect(new Set(refused.map(({ status }) => status))).toEqual(new Set([503]))
    expect(revoke.json.detail).toBe('Another program has locked the database. Try again shortly.')
    expect(Math.max(...refused.map(({ tookMs }) => tookMs))).toBeLessThan(5_000)
    expect(await code(leaked.secret)).toBe('VALID')
    expect((await call('GET', '/readyz')).status).toBe(503)

    // A revoke that comes afterwards waits for the lock itself, and is made when the lock becomes free meanwhile.
    const late = call('DELETE', `/v2/keys/${leakedToo.key.id}`)
    await lock.free()
    expect((await late).status).toBe(200)
    expect((await call('DELETE', `/v2/keys/${leaked.key.id}`)).status).toBe(200)
    expect([await code(leaked.secret), await code(leakedToo.secret)]).toEqual(['NOT_FOUND', 'NOT_FOUND'])
    expect((await call('GET', '/readyz')).status).toBe(200)
  }, 180_000)

  test('refuses the money that waits, which all can be sent again', async () => {
    const { key, secret } = await made()
    const lock = await lockedBySomebody(path)
    // Each of them is more than one commit.
    const reports = Array.from({ length: REPORTS }, () => reported(key.id))
    const charge = await call('POST', '/v2/verify', { key: secret, charge: '1' })
    const refused = [charge, ...(await Promise.all(reports))]
    const longest = Math.max(...refused.map(({ tookMs }) => tookMs))
    console.log(
      `${REPORTS} reports of ${EVENTS} events and a charge waited ${(longest / 1_000).toFixed(1)} s`,
    )
    expect(new Set(refused.map(({ status }) => status))).toEqual(new Set([503]))
    expect(longest).toBeLessThan(8_000)

    await lock.free()
    const again = await Promise.all(Array.from({ length: REPORTS }, () => reported(key.id)))
    expect(new Set(again.map(({ status }) => status))).toEqual(new Set([200]))
    expect((await call('POST', '/v2/verify', { key: secret, charge: '1' })).json.code).toBe('VALID')
    expect((await call('GET', `/v2/keys/${key.id}`)).json.usage.total).toBe('11')
  }, 180_000)
})

/** Begins to write to the database in a process of its own, as the shell of an operator would. */
async function lockedBySomebody(path: string): Promise<{ free(): Promise<void> }> {
  const program = `
    const database = new (require('node:sqlite').DatabaseSync)(process.argv[1])
    // The server itself may be writing at this moment.
    database.exec('pragma busy_timeout = 10000')
    database.exec('begin immediate')
    console.log('locked')
    process.stdin.on('end', () => { database.exec('rollback'); database.close() }).resume()`
  const child = spawn(process.execPath, ['-e', program, path], { stdio: ['pipe', 'pipe', 'inherit'] })
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()))
  const isLocked = new Promise<boolean>((resolve) => child.stdout.once('data', () => resolve(true)))
  const isGone = ended.then(() => false)
  if (!(await Promise.race([isLocked, isGone]))) throw new Error('The database could not be locked.')
  return {
    async free() {
      child.stdin.end()
      await ended
    },
  }
}
