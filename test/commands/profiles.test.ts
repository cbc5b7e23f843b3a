import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { chmodSync, existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { latchkey } from '../support/cli.ts'
import { type ServerProcess, startServer, temporaryFolder } from '../support/server.ts'

const folder = temporaryFolder()

let server: ServerProcess
let root = ''

beforeAll(async () => {
  mkdirSync(join(folder, 'home'), { recursive: true })
  server = await startServer({ LATCHKEY_DATABASE_URL: 'sqlite::memory:', LATCHKEY_LOG_LEVEL: 'error' })
  root = server.rootKey
})
afterAll(() => server.end('SIGTERM'))

describe('profiles', () => {
  const home = join(folder, 'home')
  const config = join(home, '.config', 'latchkey', 'config.json')
  const at = (args: string[], stdin = '', more = {}) =>
    latchkey(args, { env: { HOME: home, ...more }, stdin })

  test('login keeps a key that the server accepts, readable by its owner only; it is sent to no other server', async () => {
    const wrong = await at(['login', '--url', server.url], 'lk_nobody\n')
    expect([wrong.exitCode, existsSync(config)]).toEqual([1, false])
    const done = await at(['login', '--url', server.url], `${root}\n`)
    expect([done.exitCode, done.stdout]).toEqual([0, ''])
    expect(done.stderr).not.toContain(root)
    expect(statSync(config).mode & 0o777).toBe(0o600)
    expect(statSync(join(home, '.config', 'latchkey')).mode & 0o777).toBe(0o700)
    expect((await at(['keys', 'list'])).exitCode).toBe(0)
    // Another address than the one that the key was given for gets no key.
    const { port } = new URL(server.url)
    const elsewhere = await at(['keys', 'list', '--url', `http://localhost:${port}`])
    expect([elsewhere.exitCode, elsewhere.stderr]).toEqual([
      1,
      expect.stringContaining('Set LATCHKEY_API_KEY'),
    ])
    const byEnv = await at(['keys', 'list'], '', { LATCHKEY_URL: `http://localhost:${port}` })
    expect(byEnv.exitCode).toBe(1)
  })

  test('the variables of the clients name the server, too, but take no key away from a profile', async () => {
    const away = 'http://127.0.0.1:1'
    const serverOf = async (extra: Record<string, string>) => (await at(['whoami'], '', extra)).stdout
    const shown = expect.stringContaining(server.url)
    expect(await serverOf({ LATCHKEY_BASE_URL: server.url, LATCHKEY_API_KEY: root })).toEqual(shown)
    const both = { LATCHKEY_URL: server.url, LATCHKEY_BASE_URL: away, LATCHKEY_API_KEY: root }
    expect(await serverOf(both)).toEqual(shown)
    expect(await serverOf({ LATCHKEY_BASE_URL: away })).toEqual(shown)
  })

  test('several are kept, one is used, and logout deletes one', async () => {
    const { stderr } = await at(['login', '--url', server.url, '--profile', 'second'], root)
    expect(stderr).toContain('from now on, and no longer "default". To go back: latchkey profiles default')
    expect((await at(['profiles'])).stdout).toBe(`  default  ${server.url}\n* second  ${server.url}\n`)
    await at(['profiles', 'default'])
    expect((await at(['profiles'])).stdout).toContain('* default')
    expect((await at(['whoami', '--profile', 'second'])).stdout).toContain('the profile "second"')
    expect((await at(['keys', 'list', '--profile', 'third'])).exitCode).toBe(1)
    expect((await at(['logout', '--profile', 'second'])).exitCode).toBe(0)
    expect((await at(['profiles'])).stdout).toBe(`* default  ${server.url}\n`)
    expect(readFileSync(config, 'utf8')).not.toContain('second')
  })

  test('a file that others can read is refused, and so is a damaged one', async () => {
    chmodSync(config, 0o644)
    const open = await at(['keys', 'list'])
    expect([open.exitCode, open.stderr]).toEqual([1, expect.stringContaining(`chmod 600 ${config}`)])
    chmodSync(config, 0o600)
    writeFileSync(config, '{')
    expect((await at(['keys', 'list'])).exitCode).toBe(1)
  })

  test('variables for commands do not keep a server from starting', async () => {
    const env = {
      LATCHKEY_DATABASE_URL: 'sqlite::memory:',
      LATCHKEY_LOG_LEVEL: 'error',
      LATCHKEY_URL: server.url,
      LATCHKEY_API_KEY: root,
      LATCHKEY_PROFILE: 'x',
    }
    const other = await startServer(env)
    await other.end('SIGTERM')
  })
})
