import { expect, test } from 'bun:test'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { startServer, temporaryFolder, tryServer } from '../support/server.ts'

const demanding = (permission: string) =>
  JSON.stringify({
    original: 'x-forwarded',
    unmatched: 'deny',
    rules: [{ path: '/files/**', permission }],
  })

async function until(check: () => Promise<boolean> | boolean): Promise<void> {
  for (let tried = 0; tried < 200; tried += 1) {
    if (await check()) return
    await Bun.sleep(25)
  }
  throw new Error('it did not come to pass')
}

test('route rules are read again on SIGHUP, which stops nothing; rules with errors change nothing', async () => {
  const folder = temporaryFolder()
  const path = join(folder, 'rules.json')
  writeFileSync(path, demanding('a'))
  const settings = { LATCHKEY_DATABASE_URL: 'sqlite::memory:', LATCHKEY_AUTHORIZE_RULES: path }
  const server = await startServer(settings)
  const made = await fetch(`${server.url}/v2/keys`, {
    method: 'POST',
    headers: { authorization: `Bearer ${server.rootKey}`, 'content-type': 'application/json' },
    body: JSON.stringify({ permissions: ['a'] }),
  })
  const { secret } = (await made.json()) as { secret: string }
  const ask = async (uri: string) => {
    const headers = { 'x-api-key': secret, 'x-forwarded-method': 'GET', 'x-forwarded-uri': uri }
    return (await fetch(`${server.url}/v2/authorize`, { headers })).status
  }
  expect([await ask('/files/1'), await ask('/other'), await ask('/x/../files/1')]).toEqual([200, 403, 403])
  writeFileSync(path, demanding('b'))
  process.kill(server.pid, 'SIGHUP')
  await until(async () => (await ask('/files/1')) === 403)
  writeFileSync(path, demanding('a and'))
  process.kill(server.pid, 'SIGHUP')
  await until(() => server.output().includes('/rules/0/permission'))
  expect(server.output()).toContain('Nothing was reloaded')
  expect(await ask('/files/1')).toBe(403)
  writeFileSync(path, demanding('a'))
  process.kill(server.pid, 'SIGHUP')
  await until(async () => (await ask('/files/1')) === 200)
  expect(await server.end('SIGTERM')).toBe(0)
}, 30_000)

test('an invalid or missing file prevents the start, with all of its errors', async () => {
  const path = join(temporaryFolder(), 'rules.json')
  const settings = { LATCHKEY_DATABASE_URL: 'sqlite::memory:', LATCHKEY_AUTHORIZE_RULES: path }
  const missing = await tryServer(settings)
  expect(missing.output).toContain(`LATCHKEY_AUTHORIZE_RULES names a file that cannot be read`)
  writeFileSync(path, JSON.stringify({ original: 'path', rules: [{ path: 'x', charge: 'y' }] }))
  const wrong = await tryServer(settings)
  expect('exitCode' in wrong && wrong.exitCode).toBe(1)
  for (const place of ['/unmatched', '/rules/0/path', '/rules/0/charge'])
    expect(wrong.output).toContain(place)
}, 30_000)
