import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { spawnSync } from 'node:child_process'
import { mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { SETTINGS } from '../../src/config/settings.ts'
import { type ServerProcess, startServer, temporaryFolder } from '../support/server.ts'

// docs/operate.md: blocks that need no root are run as they are written, one after the other. The others are only checked.

const root = join(import.meta.dir, '../..')
const page = readFileSync(join(root, 'docs/operate.md'), 'utf8')
const blocks = [...page.matchAll(/^```(\w+)(?: (\w+))?(?: (\w+))?\n([\s\S]*?)^```$/gm)].map(
  ([, language = '', how = '', when = 'running', text = '']) => ({ language, how, when, text }),
)
const folder = temporaryFolder()
const database = `sqlite:${join(folder, 'latchkey.db')}`

let server: ServerProcess
let env: Record<string, string>

function run(text: string) {
  const script = `latchkey() { "${process.execPath}" "${root}/src/main.ts" "$@"; }\n${text}`
  return spawnSync('bash', ['-euo', 'pipefail', '-c', script], {
    cwd: folder,
    encoding: 'utf8',
    timeout: 60_000,
    env: { PATH: process.env.PATH ?? '', HOME: folder, ...env },
  })
}

beforeAll(async () => {
  server = await startServer({ LATCHKEY_DATABASE_URL: database })
  env = {
    LATCHKEY_DATABASE_URL: database,
    LATCHKEY_PORT: new URL(server.url).port,
    LATCHKEY_URL: server.url,
    LATCHKEY_API_KEY: server.rootKey,
    REQUEST_ID: 'a-ticket',
  }
  const headers = { authorization: `Bearer ${server.rootKey}`, 'x-request-id': 'a-ticket' }
  await fetch(`${server.url}/v2/keys/unknown`, { headers })
  for (let look = 0; look < 400 && !server.output().includes('a-ticket'); look += 1) await Bun.sleep(25)
  writeFileSync(join(folder, 'latchkey.log'), server.output())
})
afterAll(() => server.end('SIGTERM'))

describe('docs/operate.md', () => {
  test('marks every block of commands as run or as only read', () => {
    const commands = blocks.filter(({ language }) => language === 'sh')
    expect(commands.length).toBeGreaterThan(10)
    expect(commands.filter(({ how }) => !['run', 'lint', 'settings'].includes(how))).toEqual([])
    expect(commands.filter(({ how }) => how === 'run').length).toBeGreaterThan(5)
  })

  test.each(blocks.filter(({ how, when }) => how === 'run' && when === 'running').map(({ text }) => [text]))(
    'works while the server runs: %s',
    (text) => {
      const { status, stderr, stdout } = run(text)
      expect([status, stderr, stdout]).toEqual([0, expect.any(String), expect.any(String)])
    },
    60_000,
  )

  test('only its owner can read the copy, and the log says why', () => {
    expect(statSync(join(folder, 'backup.db')).mode & 0o077).toBe(0)
    expect(readFileSync(join(folder, 'metrics.txt'), 'utf8')).toContain('latchkey_verify_total')
    expect(run('latchkey why "$REQUEST_ID" --log latchkey.log').stdout).toContain('key_not_found')
  }, 60_000)

  test('works while the server is stopped: restore and a new root key', async () => {
    await server.end('SIGTERM')
    const stopped = blocks.filter(({ how, when }) => how === 'run' && when === 'stopped')
    expect(stopped.length).toBe(2)
    for (const { text } of stopped) {
      const { status, stderr } = run(text)
      expect([status, stderr]).toEqual([0, expect.any(String)])
    }
    const secret = readFileSync(join(folder, 'root-key.txt'), 'utf8').trim()
    expect(statSync(join(folder, 'root-key.txt')).mode & 0o077).toBe(0)
    server = await startServer({ LATCHKEY_DATABASE_URL: database })
    const answer = await fetch(`${server.url}/v2/keys`, { headers: { authorization: `Bearer ${secret}` } })
    expect(answer.status).toBe(200)
  }, 120_000)

  test("the unit's settings reach the shell whole, as systemd reads them", () => {
    const [file = ''] = blocks.filter(({ language }) => language === 'ini').map(({ text }) => text)
    const [take = ''] = blocks.filter(({ how }) => how === 'settings').map(({ text }) => text)
    writeFileSync(join(folder, 'latchkey.env'), file)
    const script = `${take.replace('/etc/', `${folder}/`)}\nprintf '%s\\n' "$LATCHKEY_DATABASE_URL" "$LATCHKEY_TRUSTED_PROXIES"`
    const { status, stdout, stderr } = run(script)
    // systemd takes what stands between single quotes as it is.
    const values = [...file.matchAll(/^\w+='([^']*)'$/gm)].map(([, value]) => value)
    expect([status, stderr, stdout]).toEqual([0, '', `${values.join('\n')}\n`])
    expect(values).toHaveLength(2)
    expect(values[0]).toContain('&')
  })

  test('every other block is a script that a shell can read', () => {
    for (const { text } of blocks.filter(({ how }) => how === 'lint')) {
      const { status, stderr } = spawnSync('bash', ['-n'], { input: text, encoding: 'utf8' })
      expect([text, status, stderr]).toEqual([text, 0, ''])
    }
  })

  test('names only existing commands, files and settings', () => {
    const known = new Set<string>(Object.values(SETTINGS).map(({ env: name }) => name))
    const own = new Set(['LATCHKEY_URL', 'LATCHKEY_API_KEY'])
    const named = [...page.matchAll(/LATCHKEY_[A-Z_]+/g)].map(([name]) => name)
    expect(named.filter((name) => !known.has(name) && !own.has(name))).toEqual([])
    const unit = readFileSync(join(root, 'deploy/latchkey.service'), 'utf8')
    for (const line of ['Restart=always', 'StartLimitIntervalSec=0', 'LimitNOFILE=65536'])
      expect(unit).toContain(line)
    const table = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')).scripts
    for (const [, script = ''] of page.matchAll(/`?npm run ([\w:]+)/g)) expect(table).toHaveProperty([script])
  })

  const nginx = Bun.which('nginx')
  if (nginx === null)
    process.stdout.write('SKIPPED: the nginx block is not held against nginx: there is none here.\n')
  test.skipIf(nginx === null)('nginx accepts its block', () => {
    const [block = ''] = blocks.filter(({ language }) => language === 'nginx').map(({ text }) => text)
    const place = join(folder, 'nginx')
    mkdirSync(place)
    // Each installation has its own certificates, and ports below 1024 need root.
    const own = block
      .replace('listen 443 ssl;', 'listen 127.0.0.1:8443;')
      .replaceAll(/^ *ssl_certificate.*$/gm, '')
    const whole = `pid ${place}/pid;\nerror_log stderr;\nevents {}\nhttp {\naccess_log off;\n${own}}\n`
    writeFileSync(join(place, 'nginx.conf'), whole)
    const { status, stderr } = spawnSync(nginx ?? '', ['-t', '-p', place, '-c', join(place, 'nginx.conf')], {
      encoding: 'utf8',
    })
    expect([status, stderr]).toEqual([0, expect.any(String)])
  })
})
