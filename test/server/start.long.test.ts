import { describe, expect, test } from 'bun:test'
import { statSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { systemRandom } from '../../src/core/ground/clock.ts'
import { mintSecret } from '../../src/core/ground/secret.ts'
import { type FailedStart, startServer, temporaryFolder, tryServer } from '../support/server.ts'

const json = { 'content-type': 'application/json' }
const bearer = (key: string) => ({ authorization: `Bearer ${key}` })
const databaseIn = (folder: string) => ({
  LATCHKEY_DATABASE_URL: `sqlite:${join(folder, 'deep/latchkey.db')}`,
})

describe('the start of the server', () => {
  test('the first start prints a root key that works, the second prints none, and it still works', async () => {
    const settings = databaseIn(temporaryFolder())
    const first = await startServer(settings)
    expect(first.rootKey).not.toBe('')
    expect((await fetch(`${first.url}/v1/users/me`, { headers: bearer(first.rootKey) })).status).toBe(200)
    expect(await first.end('SIGTERM')).toBe(0)
    const second = await startServer(settings)
    expect(second.output()).not.toContain('root key')
    expect((await fetch(`${second.url}/v1/users/me`, { headers: bearer(first.rootKey) })).status).toBe(200)
    expect(await second.end('SIGINT')).toBe(0)
  })

  test('the start says where the data is, and that it was empty, once', async () => {
    const folder = temporaryFolder()
    const settings = databaseIn(folder)
    const first = await startServer(settings)
    await first.end('SIGTERM')
    const path = settings.LATCHKEY_DATABASE_URL.slice('sqlite:'.length)
    expect(first.output()).toContain(`  data       sqlite:${resolve(path)}\n`)
    expect(first.output().split(`The database was empty and is set up now: ${resolve(path)}.`)).toHaveLength(
      2,
    )
    const second = await startServer(settings)
    await second.end('SIGTERM')
    expect(second.output()).not.toContain('was empty')
  })

  test('only the owner can read the database and its folder', async () => {
    const folder = temporaryFolder()
    const server = await startServer(databaseIn(folder))
    expect(statSync(join(folder, 'deep')).mode & 0o777).toBe(0o700)
    expect(statSync(join(folder, 'deep/latchkey.db')).mode & 0o777).toBe(0o600)
    await server.end('SIGTERM')
  })

  test('a chosen root key works and is never printed', async () => {
    const chosen = mintSecret('lk', systemRandom).reveal()
    const server = await startServer({ ...databaseIn(temporaryFolder()), LATCHKEY_ROOT_KEY: chosen })
    expect((await fetch(`${server.url}/v1/users/me`, { headers: bearer(chosen) })).status).toBe(200)
    await server.end('SIGTERM')
    expect(server.output()).not.toContain(chosen.slice(3, 15))
    expect(server.rootKey).toBe('')
  })

  test('a chosen root key of another form works as well', async () => {
    const chosen = 'my-own-root-key-that-is-long-enough-0123456789'
    const server = await startServer({ ...databaseIn(temporaryFolder()), LATCHKEY_ROOT_KEY: chosen })
    expect((await fetch(`${server.url}/v1/users/me`, { headers: bearer(chosen) })).status).toBe(200)
    expect((await fetch(`${server.url}/v1/users/me`, { headers: bearer(`${chosen}x`) })).status).toBe(401)
    await server.end('SIGTERM')
  })

  test('with auto-init off nothing is created until system/init is called, and then once', async () => {
    const server = await startServer({ ...databaseIn(temporaryFolder()), LATCHKEY_AUTO_INIT: 'false' })
    expect(server.rootKey).toBe('')
    const init = () => fetch(`${server.url}/v1/system/init`, { method: 'POST', headers: json, body: '{}' })
    const first = (await (await init()).json()) as { rootApiKey: string }
    const again = (await (await init()).json()) as { alreadyInitialized: boolean; rootApiKey: null }
    expect((await fetch(`${server.url}/v1/users/me`, { headers: bearer(first.rootApiKey) })).status).toBe(200)
    expect(again).toMatchObject({ alreadyInitialized: true, rootApiKey: null })
    await server.end('SIGTERM')
  })

  test('of several concurrent first starts on one file exactly one serves and prints a key; the others say why not', async () => {
    let chances = 0
    for (let round = 0; round < 3; round += 1) {
      const settings = databaseIn(temporaryFolder())
      const starts = await Promise.all([tryServer(settings), tryServer(settings), tryServer(settings)])
      const serving = starts.filter((start) => 'url' in start)
      const refused = starts.filter((start) => 'exitCode' in start)
      expect(serving).toHaveLength(1)
      expect(serving[0]?.rootKey).not.toBe('')
      for (const { exitCode, output } of refused) {
        expect(exitCode).toBe(1)
        expect(output).toContain('in use by another Latchkey process')
        expect(output.trim().split('\n')).toHaveLength(1)
      }
      for (const server of serving) await server.end('SIGTERM')
      chances += refused.length
    }
    process.stdout.write(`first starts: ${chances} of 9 lost the race\n`)
  }, 60_000)

  test('after kill -9 the next start opens the same file without any repair', async () => {
    const settings = databaseIn(temporaryFolder())
    const first = await startServer(settings)
    expect(await first.end('SIGKILL')).toBe('SIGKILL')
    const second = await startServer(settings)
    expect((await fetch(`${second.url}/v1/users/me`, { headers: bearer(first.rootKey) })).status).toBe(200)
    await second.end('SIGTERM')
  })

  test.each([
    [{ LATCHKEY_PORT: '70000' }, 'LATCHKEY_PORT must be a whole number from 0 to 65535'],
    [{ LATCHKEY_DATABASE_URL: 'mysql://x' }, 'LATCHKEY_DATABASE_URL'],
    [{ LATCHKEY_KEY_PREFFIX: 'x' }, 'LATCHKEY_KEY_PREFIX'],
    [{ LATCHKEY_REDIS_URL: 'http://127.0.0.1' }, 'LATCHKEY_REDIS_URL'],
  ])('%p stops the start with one clear line', async (settings, line) => {
    const start = await tryServer({
      ...databaseIn(temporaryFolder()),
      ...(settings as Record<string, string>),
    })
    expect(start).toMatchObject({ exitCode: 1 })
    const { output } = start as { output: string }
    expect(output).toContain(line)
    expect(output.trim().split('\n')).toHaveLength(1)
  })

  test.each([
    [{ LATCHKEY_HOST: 'nosuch.invalid' }, 'nosuch.invalid is not a name or an address of this machine'],
    [{ LATCHKEY_HOST: '203.0.113.7' }, '203.0.113.7 is not an address of this machine'],
  ])('a host that is not here (%j) stops the start with the setting to change', async (host, line) => {
    const start = (await tryServer({ ...databaseIn(temporaryFolder()), ...host })) as FailedStart
    expect(start.output).toContain(`latchkey: ${line}. Choose one with LATCHKEY_HOST or --host.`)
  })

  test('a taken metrics port names the setting of the metrics port', async () => {
    const taken = Bun.serve({ hostname: '127.0.0.1', port: 0, fetch: () => new Response('taken') })
    const settings = { ...databaseIn(temporaryFolder()), LATCHKEY_METRICS_PORT: String(taken.port) }
    const start = (await tryServer(settings)) as FailedStart
    await taken.stop(true)
    expect(start.output).toContain('Choose another port with LATCHKEY_METRICS_PORT or --metrics-port.')
  })

  test.each(['.', 'a-file/under.db', `${'x'.repeat(300)}.db`])(
    'an unusable database path (%s) is named in one line',
    async (name) => {
      const folder = temporaryFolder()
      writeFileSync(join(folder, 'a-file'), '')
      const path = join(folder, name)
      const start = (await tryServer({ LATCHKEY_DATABASE_URL: `sqlite:${path}` })) as FailedStart
      const lines = start.output.trim().split('\n')
      expect(lines).toHaveLength(1)
      expect(lines[0]).toStartWith(`latchkey: ${path}`)
    },
  )

  test('a port of another Latchkey is refused, for calls and for metrics', async () => {
    const first = await startServer(databaseIn(temporaryFolder()))
    const { port } = new URL(first.url)
    for (const setting of ['LATCHKEY_PORT', 'LATCHKEY_METRICS_PORT']) {
      const start = (await tryServer({ ...databaseIn(temporaryFolder()), [setting]: port })) as FailedStart
      expect(start.output).toContain(`127.0.0.1:${port} is in use by another program.`)
      expect(start.output).toContain(`Choose another port with ${setting}`)
    }
    await first.end('SIGTERM')
  })

  test('a taken port stops the start with one clear line before a root key is made; the next start makes it', async () => {
    const taken = Bun.serve({ hostname: '127.0.0.1', port: 0, fetch: () => new Response('taken') })
    const settings = { ...databaseIn(temporaryFolder()), LATCHKEY_PORT: String(taken.port) }
    const start = (await tryServer(settings)) as { exitCode: number; output: string }
    await taken.stop(true)
    expect(start.exitCode).toBe(1)
    expect(start.output).toContain('is in use by another program')
    expect(start.output).not.toMatch(/lk_/)
    const server = await startServer({ ...settings, LATCHKEY_PORT: '0' })
    expect((await fetch(`${server.url}/v1/users/me`, { headers: bearer(server.rootKey) })).status).toBe(200)
    await server.end('SIGTERM')
  })
})

describe('the metrics port', () => {
  test('serves only metrics, without a credential; the main port still requires one', async () => {
    const server = await startServer({ ...databaseIn(temporaryFolder()), LATCHKEY_METRICS_PORT: '0' })
    const url = /^ {2}metrics +(http:\S+)$/m.exec(server.output())?.[1] ?? ''
    const metrics = await fetch(url)
    expect(metrics.status).toBe(200)
    expect(await metrics.text()).toContain('http_server_request_duration_seconds')
    expect((await fetch(new URL('/v2/keys', url), { headers: bearer(server.rootKey) })).status).toBe(404)
    expect((await fetch(`${server.url}/metrics`)).status).toBe(401)
    expect(await server.end('SIGTERM')).toBe(0)
  })
})
