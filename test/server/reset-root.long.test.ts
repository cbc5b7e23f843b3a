import { describe, expect, test } from 'bun:test'
import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { systemRandom } from '../../src/core/ground/clock.ts'
import { mintSecret } from '../../src/core/ground/secret.ts'
import { postgresForTests } from '../support/postgres.ts'
import { startServer, temporaryFolder } from '../support/server.ts'

const postgres = await postgresForTests()
const MAIN = join(import.meta.dir, '../../src/main.ts')
const bearer = (key: string) => ({ authorization: `Bearer ${key}`, 'content-type': 'application/json' })

interface Run {
  exitCode: number | null
  stdout: string
  stderr: string
}

function resetRoot(settings: Record<string, string>): Promise<Run> {
  const child = spawn(process.execPath, [MAIN, 'reset-root'], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { PATH: process.env.PATH ?? '', ...settings },
  })
  const run: Run = { exitCode: null, stdout: '', stderr: '' }
  child.stdout.on('data', (data) => (run.stdout += data))
  child.stderr.on('data', (data) => (run.stderr += data))
  return new Promise((resolve) => child.once('close', (code) => resolve({ ...run, exitCode: code })))
}

const call = async (
  url: string,
  key: string,
  path: string,
  init: { method?: string; body?: object } = {},
) => {
  const { method = 'GET', body } = init
  const sent = { method, headers: bearer(key), ...(body && { body: JSON.stringify(body) }) }
  const response = await fetch(url + path, sent)
  return { status: response.status, json: JSON.parse((await response.text()) || 'null') }
}

describe('latchkey reset-root', () => {
  const databases: [string, () => Promise<{ url: string; drop(): Promise<void> }>][] = [
    ['SQLite', async () => ({ url: `sqlite:${temporaryFolder()}/k.db`, async drop() {} })],
    ...('absent' in postgres ? [] : [['PostgreSQL', () => postgres.freshDatabase()] as const]).map(
      ([name, make]): [string, () => Promise<{ url: string; drop(): Promise<void> }>] => [name, make],
    ),
  ]
  test.each(databases)(
    'creates a key that can manage everything, on %s',
    async (_name, make) => {
      const database = await make()
      const settings = { LATCHKEY_DATABASE_URL: database.url }
      const first = await startServer(settings)
      if (database.url.startsWith('sqlite:')) {
        const busy = await resetRoot(settings)
        expect([busy.exitCode, busy.stdout]).toEqual([1, ''])
        expect(busy.stderr).toContain('in use by another Latchkey process')
      }
      await first.end('SIGTERM')

      const { exitCode, stdout, stderr } = await resetRoot(settings)
      expect(exitCode).toBe(0)
      expect(stdout).toMatch(/^lk_[0-9A-Za-z]{49}\n$/)
      const secret = stdout.trim()
      expect(stderr).not.toContain(secret)
      const second = await startServer(settings)
      expect((await call(second.url, secret, '/v2/users')).status).toBe(200)
      // Existing keys go on working, and the audit log names the actor: nobody, on the machine.
      expect((await call(second.url, first.rootKey, '/v2/users')).status).toBe(200)
      const { json } = await call(second.url, secret, '/v2/audit?action=key.create&limit=1')
      expect(json.data[0]).toMatchObject({
        reason: 'latchkey reset-root',
        actor: { userId: null, keyId: null },
        outcome: 'done',
      })
      await second.end('SIGTERM')
      await database.drop()
    },
    60_000,
  )

  test('creates a user as well when no ROOT without bounds is left to own it', async () => {
    const path = `${temporaryFolder()}/k.db`
    const settings = { LATCHKEY_DATABASE_URL: `sqlite:${path}` }
    await (await startServer(settings)).end('SIGTERM')
    // No call can cause this; an earlier program that wrote to the database could.
    const database = new DatabaseSync(path)
    database.exec("update users set disabled = 1 where role = 'ROOT'")
    database.close()
    const { stdout, stderr } = await resetRoot(settings)
    expect(stderr).toMatch(/^Latchkey made a root key of the new user root-[0-9a-f-]{36}\./)
    const server = await startServer(settings)
    const { json } = await call(server.url, stdout.trim(), '/v2/users?role=ROOT')
    const shown = json.data.map((user: { disabled: boolean }) => user.disabled)
    expect(shown).toEqual([false, true])
    await server.end('SIGTERM')
  }, 60_000)

  test('initializes an unused database, and refuses unknown settings', async () => {
    const settings = { LATCHKEY_DATABASE_URL: `sqlite:${temporaryFolder()}/k.db` }
    const { exitCode, stdout } = await resetRoot(settings)
    expect(exitCode).toBe(0)
    const server = await startServer(settings)
    expect(server.rootKey).toBe('')
    expect((await call(server.url, stdout.trim(), '/v2/users')).status).toBe(200)
    await server.end('SIGTERM')
    const unknown = await resetRoot({ ...settings, LATCHKEY_NO_SUCH: '1' })
    expect([unknown.exitCode, unknown.stdout]).toEqual([1, ''])
    const memory = await resetRoot({ LATCHKEY_DATABASE_URL: 'sqlite::memory:' })
    expect([memory.exitCode, memory.stdout]).toEqual([1, ''])
  }, 60_000)
})

describe('a given root key', () => {
  test('causes a warning at the start only when it is not in force', async () => {
    const database = { LATCHKEY_DATABASE_URL: `sqlite:${temporaryFolder()}/k.db` }
    const chosen = mintSecret('lk', systemRandom).reveal()
    const other = mintSecret('lk', systemRandom).reveal()
    const said = 'LATCHKEY_ROOT_KEY (--root-key) is not in force'
    const first = await startServer({ ...database, LATCHKEY_ROOT_KEY: chosen })
    await first.end('SIGTERM')
    expect(first.output()).not.toContain(said)
    const second = await startServer({ ...database, LATCHKEY_ROOT_KEY: chosen })
    expect(second.output()).not.toContain(said)
    const { json } = await call(second.url, chosen, '/v2/keys', {
      method: 'POST',
      body: { access: 'manage' },
    })
    const { json: keys } = await call(second.url, json.secret, '/v2/keys?access=full')
    const body = { access: 'use' }
    await call(second.url, json.secret, `/v2/keys/${keys.data[0].id}`, { method: 'PATCH', body })
    await second.end('SIGTERM')
    // Also where the log has no warnings.
    for (const [key, level] of [
      [chosen, 'info'],
      [other, 'warn'],
      [other, 'error'],
    ] as const) {
      const server = await startServer({ ...database, LATCHKEY_ROOT_KEY: key, LATCHKEY_LOG_LEVEL: level })
      await server.end('SIGTERM')
      expect(server.output().split(said)).toHaveLength(2)
      expect(server.output()).toContain('latchkey reset-root')
      expect(server.output()).not.toContain(key.slice(3, 20))
    }
  }, 60_000)
})
