import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { clockFinding } from '../../src/cli/server/machine-checks.ts'
import { latchkey } from '../support/cli.ts'
import { postgresForTests } from '../support/postgres.ts'
import { freePort } from '../support/redis.ts'
import { type ServerProcess, startServer, temporaryFolder } from '../support/server.ts'

const folder = temporaryFolder()
const path = join(folder, 'k.db')
const local = { LATCHKEY_DATABASE_URL: `sqlite:${path}`, LATCHKEY_LOG_LEVEL: 'error' }
const postgres = await postgresForTests()

let server: ServerProcess
let root = ''
let remote: Record<string, string>

beforeAll(async () => {
  const { exitCode, stdout, stderr } = await latchkey(['init'], { env: local })
  expect([exitCode, stdout]).toEqual([0, expect.stringMatching(/^lk_[0-9A-Za-z]{49}\n$/)])
  expect(stderr).not.toContain(stdout.trim())
  root = stdout.trim()
  server = await startServer(local)
  remote = { LATCHKEY_URL: server.url, LATCHKEY_API_KEY: root }
})
afterAll(() => server.end('SIGTERM'))

const call = (args: string[], stdin = '') => latchkey(args, { env: remote, stdin })

describe('latchkey init', () => {
  test('creates the root key that the server accepts, and no second one', async () => {
    expect(server.rootKey).toBe('')
    expect((await call(['whoami', '--output', 'json'])).exitCode).toBe(0)
    const other = { ...local, LATCHKEY_DATABASE_URL: `sqlite:${folder}/other.db` }
    expect((await latchkey(['init'], { env: other })).exitCode).toBe(0)
    const again = await latchkey(['init'], { env: other })
    expect([again.exitCode, again.stdout]).toEqual([1, ''])
    expect(again.stderr).toContain('latchkey reset-root')
  })
})

describe('latchkey backup and restore', () => {
  test('a copy during writes has one moment, is complete, and readable by its owner only', async () => {
    let stop = false
    let written = 0
    const writing = (async () => {
      const headers = { authorization: `Bearer ${root}`, 'content-type': 'application/json' }
      while (!stop) {
        const body = JSON.stringify({ name: `k${written}`, labels: { n: String(written) } })
        written += (await fetch(`${server.url}/v2/keys`, { method: 'POST', headers, body })).ok ? 1 : 0
      }
    })()
    const copies = [1, 2, 3].map((n) => join(folder, `copy-${n}.db`))
    for (const copy of copies) {
      const { exitCode, stdout, stderr } = await latchkey(['backup', copy], { env: local })
      expect([exitCode, stdout, stderr]).toEqual([
        0,
        '',
        expect.stringMatching(/: \d+ keys, up to revision \d+; checked\.\n$/),
      ])
    }
    stop = true
    await writing
    process.stdout.write(`backup: 3 copies during ${written} writes\n`)
    expect(written).toBeGreaterThan(5)
    for (const copy of copies) {
      expect(statSync(copy).mode & 0o777).toBe(0o600)
      const database = new DatabaseSync(copy, { readOnly: true })
      const one = (sql: string) => Object.values(database.prepare(sql).get() ?? {})[0]
      // Every revision up to the last has its entry, so nothing of one change was copied without the rest.
      expect(one("select count(*) from audit where outcome = 'done'")).toBe(
        one("select value from meta where name = 'revision'"),
      )
      expect(
        one('select count(*) from keys k where not exists (select 1 from secrets s where s.key_id = k.id)'),
      ).toBe(0)
      database.close()
    }
    const taken = await latchkey(['backup', copies[0] ?? ''], { env: local })
    expect([taken.exitCode, taken.stderr]).toEqual([1, expect.stringContaining('exists already')])
    expect(readdirSync(folder).filter((name) => name.endsWith('.partial'))).toEqual([])
  }, 60_000)

  test('a restore needs the server to be stopped, keeps the old database, and reports the keys that become valid again', async () => {
    const own = join(folder, 'restored.db')
    const settings = { ...local, LATCHKEY_DATABASE_URL: `sqlite:${own}` }
    const copy = join(folder, 'restore-me.db')
    let running = await startServer(settings)
    const env = { LATCHKEY_URL: running.url, LATCHKEY_API_KEY: running.rootKey }
    const secret = (await latchkey(['keys', 'create', '--label', 'x=1'], { env })).stdout
    expect((await latchkey(['backup', copy], { env: settings })).exitCode).toBe(0)
    expect((await latchkey(['keys', 'revoke', '--label', 'x=1', '--yes'], { env })).exitCode).toBe(0)
    const busy = await latchkey(['restore', copy], { env: settings })
    expect([busy.exitCode, busy.stderr]).toEqual([
      1,
      expect.stringContaining('in use by another Latchkey process. Stop that one first.'),
    ])
    await running.end('SIGTERM')
    const dry = await latchkey(['restore', copy, '--dry-run'], { env: settings })
    expect([dry.exitCode, dry.stderr]).toEqual([0, expect.stringContaining('Would restore')])
    expect(readdirSync(folder).some((name) => name.startsWith('restored.db.before'))).toBe(false)
    const done = await latchkey(['restore', copy], { env: settings })
    expect(done.exitCode).toBe(0)
    expect(done.stderr).toMatch(/What was there lies at \S+restored\.db\.before-\S+Z\.\n/)
    expect(done.stderr).toContain(
      'keys that were revoked since work again. Start once with --accept-older-database',
    )
    expect(readdirSync(folder).some((name) => name.startsWith('restored.db.before'))).toBe(true)
    running = await startServer({ ...settings, LATCHKEY_ACCEPT_OLDER_DATABASE: 'true' })
    const back = await latchkey(['verify', '--quiet'], {
      env: { ...env, LATCHKEY_URL: running.url },
      stdin: secret,
    })
    expect(back.exitCode).toBe(0)
    await running.end('SIGTERM')
  }, 60_000)

  test('a file that is not a complete copy is not restored, and nothing is changed', async () => {
    const target = { ...local, LATCHKEY_DATABASE_URL: `sqlite:${folder}/untouched.db` }
    const foreign = join(folder, 'foreign.db')
    new DatabaseSync(foreign).exec('create table t (a)')
    const torn = join(folder, 'torn.db')
    writeFileSync(torn, readFileSync(join(folder, 'copy-1.db')).subarray(0, 40_000))
    for (const from of [foreign, torn, join(folder, 'missing.db')]) {
      const { exitCode, stderr } = await latchkey(['restore', from], { env: target })
      expect([from, exitCode, stderr]).toEqual([from, 1, expect.stringMatching(/^latchkey: [^\n]+\n$/)])
    }
    expect(existsSync(join(folder, 'untouched.db'))).toBe(false)
    const nothing = await latchkey(['backup', 'x.db'], { env: target })
    expect(nothing.stderr).toBe(
      `latchkey: There is no database at ${folder}/untouched.db. LATCHKEY_DATABASE_URL says where the server keeps it.\n`,
    )
    const nowhere = await latchkey(['backup', join(folder, 'none', 'x.db')], { env: local })
    expect(nowhere.stderr).toBe(
      `latchkey: ${folder}/none/x.db cannot be written: its folder does not exist.\n`,
    )
    const memory = await latchkey(['backup', join(folder, 'm.db')], {
      env: { LATCHKEY_DATABASE_URL: 'sqlite::memory:' },
    })
    expect([memory.exitCode, memory.stderr]).toEqual([1, expect.stringContaining('in memory')])
    const elsewhere = await latchkey(['backup', 'x'], {
      env: { LATCHKEY_DATABASE_URL: 'postgres://u:hidden@h/d' },
    })
    expect([elsewhere.exitCode, elsewhere.stderr]).toEqual([1, expect.stringContaining('pg_dump')])
    expect(elsewhere.stderr).not.toContain('hidden')
  })
})

describe('latchkey doctor', () => {
  test('tells a difference of the clocks only when it is more than the header can be old', () => {
    const at = Date.parse('2026-11-28T12:00:00Z')
    expect(clockFinding(at + 1_900, at).detail).toBe('It is 2026-11-28T12:00:01.900Z, also on the server.')
    expect(clockFinding(at + 4_000, at)).toEqual({
      result: 'ok',
      detail: 'It is 2026-11-28T12:00:04.000Z, 4 seconds ahead of the server.',
    })
    const behind = clockFinding(at - 9_000, at)
    expect([behind.result, behind.detail]).toEqual([
      'warn',
      expect.stringContaining('9 seconds behind the server'),
    ])
  })

  test('checks everything that a server needs, and exits 1 when something fails', async () => {
    const env = { ...local, ...remote, LATCHKEY_PORT: String(server.port) }
    const { exitCode, stdout, stderr } = await latchkey(['doctor', '--output', 'json'], { env })
    const findings = JSON.parse(stdout) as { check: string; result: string; detail: string }[]
    expect([exitCode, findings.filter(({ result }) => result === 'fail')]).toEqual([0, []])
    expect([...new Set(findings.map(({ check }) => check))]).toEqual([
      'configuration',
      'database',
      'disk',
      'clock',
      'port',
      'tls',
      'server',
    ])
    expect(findings.find(({ check }) => check === 'port')?.detail).toContain('A server listens at')
    expect(findings.find(({ check }) => check === 'clock')?.detail).toEndWith('also on the server.')
    expect(stderr).toMatch(/^0 failed, \d+ to look at, \d+ well\.\n$/)
    expect(stdout + stderr).not.toContain(root)
    const wrong = await latchkey(['doctor'], {
      env: { ...env, LATCHKEY_API_KEY: `${root.slice(0, -1)}_`, LATCHKEY_NO_SUCH: '1' },
    })
    expect([wrong.exitCode, wrong.stdout]).toEqual([
      1,
      expect.stringContaining('LATCHKEY_NO_SUCH is not a setting'),
    ])
    const unknown = await latchkey(['doctor', '--output', 'csv'], {
      env: { ...env, LATCHKEY_API_KEY: 'lk_nobody' },
    })
    expect([unknown.exitCode, unknown.stdout]).toEqual([1, expect.stringContaining('fail,server,')])
  })

  test('asks the server of its own settings where no other one is named', async () => {
    const looked = (port: number) =>
      latchkey(['doctor', '--output', 'csv'], { env: { ...local, LATCHKEY_PORT: String(port) } })
    expect((await looked(server.port)).stdout).toContain(
      `ok,server,http://127.0.0.1:${server.port} is ready.`,
    )
    const free = (await looked(await freePort())).stdout
    expect(free).toMatch(/warn,server,"?No server answers at http:\/\/127\.0\.0\.1:\d+: start it/)
  })

  test('distinguishes a lock that it may not open from one that a server holds, and creates none', async () => {
    const other = join(folder, 'looked-at.db')
    const env = { LATCHKEY_DATABASE_URL: `sqlite:${other}`, LATCHKEY_PORT: '0', ...remote }
    const database = async () => {
      const { exitCode, stdout } = await latchkey(['doctor', '--output', 'csv'], { env })
      return [exitCode, stdout.split('\r\n').filter((line) => line.includes(',database,'))]
    }
    writeFileSync(other, '', { mode: 0o600 })
    expect(await database()).toEqual([0, [`ok,database,${other} is there and no server uses it.`]])
    expect(existsSync(`${other}.lock`)).toBe(false)
    // A folder cannot be opened as a file, not even by a user that may read everything.
    mkdirSync(`${other}.lock`)
    expect(await database()).toEqual([1, [expect.stringMatching(/^fail,database,.*lock cannot be opened/)]])
  })

  test.skipIf('absent' in postgres)('checks a PostgreSQL', async () => {
    if ('absent' in postgres) throw new Error(postgres.absent)
    const database = await postgres.freshDatabase()
    const env = {
      LATCHKEY_DATABASE_URL: database.url,
      LATCHKEY_PORT: '0',
      LATCHKEY_URL: 'http://127.0.0.1:1',
    }
    const { stdout } = await latchkey(['doctor', '--output', 'csv'], { env })
    expect(stdout).toMatch(/ok,database,.* is PostgreSQL \d+/)
    const away = await latchkey(['doctor', '--output', 'csv'], {
      env: { ...env, LATCHKEY_DATABASE_URL: 'postgres://u:hidden@127.0.0.1:1/d' },
    })
    expect([away.exitCode, away.stdout]).toEqual([1, expect.stringContaining('fail,database,')])
    expect(away.stdout).not.toContain('hidden')
    await database.drop()
  })
})
