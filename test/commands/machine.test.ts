import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { commandPage } from '../../scripts/command-page.ts'
import { COMMANDS } from '../../src/cli/commands.ts'
import { barOf } from '../../src/cli/progress.ts'
import { runCli } from '../../src/cli/run.ts'
import type { Terminal } from '../../src/cli/terminal.ts'
import { paintFor, printable, widthOf } from '../../src/cli/text.ts'
import { usageChart } from '../../src/cli/usage.ts'
import { latchkey } from '../support/cli.ts'
import { postgresForTests } from '../support/postgres.ts'
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
  test('made the root key that the server takes, and makes no second one', async () => {
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
  test('a copy under write is one moment, whole and for its owner alone', async () => {
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

  test('a restore waits for the server to be stopped, keeps what was there, and tells what comes back to life', async () => {
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
      expect.stringContaining('in use by another Latchkey process'),
    ])
    await running.end('SIGTERM')
    const dry = await latchkey(['restore', copy, '--dry-run'], { env: settings })
    expect([dry.exitCode, dry.stderr]).toEqual([0, expect.stringContaining('Would restore')])
    expect(readdirSync(folder).some((name) => name.startsWith('restored.db.before'))).toBe(false)
    const done = await latchkey(['restore', copy], { env: settings })
    expect(done.exitCode).toBe(0)
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

  test('what is no whole copy of ours is not restored, and nothing is changed', async () => {
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
  test('looks at everything that a server needs, and exits 1 when something fails', async () => {
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

  test.skipIf('absent' in postgres)('looks at a PostgreSQL', async () => {
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

describe('profiles', () => {
  const home = join(folder, 'home')
  const config = join(home, '.config', 'latchkey', 'config.json')
  const at = (args: string[], stdin = '', more = {}) =>
    latchkey(args, { env: { HOME: home, ...more }, stdin })

  test('login keeps a key that the server takes, for its owner alone; a key goes nowhere else', async () => {
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

  test('several are kept, one is used, and logout forgets', async () => {
    await at(['login', '--url', server.url, '--profile', 'second'], root)
    expect((await at(['profiles'])).stdout).toBe(`  default  ${server.url}\n* second  ${server.url}\n`)
    await at(['profiles', 'default'])
    expect((await at(['profiles'])).stdout).toContain('* default')
    expect((await at(['whoami', '--profile', 'second'])).stdout).toContain('the profile "second"')
    expect((await at(['keys', 'list', '--profile', 'third'])).exitCode).toBe(1)
    expect((await at(['logout', '--profile', 'second'])).exitCode).toBe(0)
    expect((await at(['profiles'])).stdout).toBe(`* default  ${server.url}\n`)
    expect(readFileSync(config, 'utf8')).not.toContain('second')
  })

  test('a file that others can read is refused, and one that is damaged, too', async () => {
    chmodSync(config, 0o644)
    const open = await at(['keys', 'list'])
    expect([open.exitCode, open.stderr]).toEqual([1, expect.stringContaining(`chmod 600 ${config}`)])
    chmodSync(config, 0o600)
    writeFileSync(config, '{')
    expect((await at(['keys', 'list'])).exitCode).toBe(1)
  })

  test('what is set for commands does not keep a server from starting', async () => {
    const env = { ...local, LATCHKEY_DATABASE_URL: 'sqlite::memory:', ...remote, LATCHKEY_PROFILE: 'x' }
    const other = await startServer(env)
    await other.end('SIGTERM')
  })
})

describe('usage and audit', () => {
  test('usage is a chart, or its rows', async () => {
    const secret = (await call(['keys', 'create', '--name', 'spender'])).stdout.trim()
    for (const charge of ['0.75', '0.5'])
      expect((await call(['verify', secret, '--charge', charge])).exitCode).toBe(0)
    const { stdout } = await call(['usage', '--from', '1d', '--interval', 'month'])
    expect(stdout).toMatch(/^\d{4}-\d\d-01 +1\.25 +█+\ntotal +1\.25 +USD\n$/)
    const rows = JSON.parse((await call(['usage', '--group-by', 'key', '--output', 'json'])).stdout)
    expect(rows).toMatchObject([{ amount: '1.25', requests: 2 }])
    expect((await call(['usage', '--group-by', 'nothing'])).exitCode).toBe(1)
  })

  test('bars are in proportion, and the least amount shows', () => {
    const row = (start: string, amount: string) => ({
      start,
      amount,
      byokAmount: '0',
      requests: 1,
      group: null,
      correction: false,
    })
    const chart = usageChart(
      [
        row('2026-11-21T00:00:00.000Z', '100'),
        row('2026-11-22T00:00:00.000Z', '50'),
        row('2026-11-23T00:00:00.000Z', '0.000000001'),
      ] as never,
      {
        columns: 60,
        paint: (_, text) => text,
      },
    )
    const bars = chart.split('\n').map((line) => [...line].filter((sign) => sign === '█').length)
    expect(Math.abs((bars[0] ?? 0) - (bars[1] ?? 0) * 2)).toBeLessThanOrEqual(1)
    expect(bars[0]).toBeGreaterThan(20)
    expect(chart.split('\n')[2]).toContain('▏')
    expect(chart).toContain('total       150.000000001  USD')
  })

  test('audit --follow shows what happens from then on, oldest first, until it is stopped', async () => {
    const main = join(import.meta.dir, '../../src/main.ts')
    const child = Bun.spawn([process.execPath, main, 'audit', '--follow', '--output', 'json'], {
      env: { PATH: process.env.PATH ?? '', ...remote },
      stdout: 'pipe',
      stderr: 'pipe',
    })
    const told = child.stderr.getReader()
    expect(new TextDecoder().decode((await told.read()).value)).toContain('Following')
    for (const label of ['f=1', 'f=2']) await call(['keys', 'create', '--label', label])
    let seen = ''
    for await (const piece of child.stdout as unknown as AsyncIterable<Uint8Array>) {
      seen += new TextDecoder().decode(piece)
      if ((seen.match(/\n/g)?.length ?? 0) >= 2) break
    }
    const entries = seen
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line))
    expect(entries.map(({ action }) => action)).toEqual(['key.create', 'key.create'])
    expect(entries[0].revision).toBeLessThan(entries[1].revision)
    child.kill('SIGINT')
    expect(await child.exited).toBe(0)
  }, 30_000)
})

describe('the table of commands', () => {
  test('docs/cli.md is written from it', () => {
    expect(readFileSync(new URL('../../docs/cli.md', import.meta.url), 'utf8')).toBe(commandPage())
    expect(COMMANDS.length).toBeGreaterThan(30)
  })

  test('every example of it can be parsed', async () => {
    const examples = COMMANDS.flatMap(({ examples = [] }) => examples)
    expect(examples.length).toBeGreaterThan(20)
    for (const { path: words } of COMMANDS) {
      const { exitCode, stdout } = await inProcess([...words, '--help'])
      expect([words, exitCode, stdout.startsWith('Usage: latchkey')]).toEqual([words, 0, true])
    }
    for (const example of examples) {
      // What follows would be the shell's.
      const [words = ''] = example.split(/ [<>|&]/)
      const parsed = await inProcess([...wordsOf(words), '--help'])
      expect([example, parsed.exitCode, parsed.stderr]).toEqual([example, 0, ''])
    }
  })

  test('serve --help names every setting', async () => {
    const { exitCode, stdout } = await latchkey(['serve', '--help'])
    expect(exitCode).toBe(0)
    for (const name of ['--port', 'LATCHKEY_DATABASE_URL', '--accept-older-database', '--root-key-file'])
      expect(stdout).toContain(name)
  })

  test.each(['bash', 'zsh', 'fish'])('the completion of %s is one that the shell takes', async (shell) => {
    const { exitCode, stdout } = await latchkey(['completion', shell])
    expect(exitCode).toBe(0)
    const program = Bun.which(shell)
    if (program === null) {
      process.stdout.write(`SKIPPED: the completion of ${shell} is not tried: there is no ${shell}.\n`)
      return
    }
    const script = join(folder, `completion.${shell}`)
    writeFileSync(script, stdout)
    expect(Bun.spawnSync([program, '-n', script]).exitCode).toBe(0)
    if (shell !== 'bash') return
    const completes = (words: string[]) => {
      const line = `source ${script}; COMP_WORDS=(${words.map((word) => `'${word}'`).join(' ')}); COMP_CWORD=${words.length - 1}; _latchkey; printf '%s\\n' "\${COMPREPLY[@]}"`
      return Bun.spawnSync([program, '-c', line]).stdout.toString().trim().split('\n')
    }
    expect(completes(['latchkey', 'key'])).toEqual(['keys'])
    expect(completes(['latchkey', 'keys', 'cr'])).toEqual(['create'])
    expect(completes(['latchkey', 'keys', 'create', '--per'])).toEqual(['--permission'])
    expect(completes(['latchkey', 'usage', '--gr'])).toEqual(['--group-by'])
  })
})

describe('what a person sees', () => {
  test('colours are for terminals, and for nobody who wants none', () => {
    const tty = { isOutTty: true }
    expect(paintFor(tty, {})('red', 'x')).toBe('\u001b[31mx\u001b[0m')
    for (const env of [{ NO_COLOR: '1' }, { TERM: 'dumb' }]) expect(paintFor(tty, env)('red', 'x')).toBe('x')
    expect(paintFor({ isOutTty: false }, {})('red', 'x')).toBe('x')
  })

  test('texts are measured as they are seen, and bars tell how far it is', () => {
    expect([widthOf('abc'), widthOf('東京'), widthOf('e\u0301')]).toEqual([3, 4, 1])
    expect(printable('a\tb\u001b[2J')).toBe('a\\tb\\u001b[2J')
    expect(barOf(1, 2)).toBe('[###############...............] 50 % (1 of 2)')
    expect(barOf(0, 0)).toContain('100 %')
  })
})

mkdirSync(join(folder, 'home'), { recursive: true })

/** Runs a command in this process, which is quick enough for all of them. */
async function inProcess(args: string[]): Promise<{ exitCode: number; stdout: string; stderr: string }> {
  const said = { stdout: '', stderr: '' }
  const terminal: Terminal = {
    out: (text) => (said.stdout += text),
    err: (text) => (said.stderr += text),
    isOutTty: false,
    isErrTty: false,
    isInTty: false,
    columns: 80,
    readAll: async () => '',
    ask: async () => '',
  }
  const exitCode = await runCli({ args, env: {}, terminal, stopping: new AbortController().signal })
  return { exitCode, ...said }
}

/** The words of a command line, with double quotes. */
function wordsOf(line: string): string[] {
  return [...line.matchAll(/"([^"]*)"|(\S+)/g)].map(([, quoted, bare]) => quoted ?? bare ?? '')
}
