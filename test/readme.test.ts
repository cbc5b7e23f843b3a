import { expect, test } from 'bun:test'
import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { Glob } from 'bun'
import { startServer, temporaryFolder } from './support/server.ts'

const root = join(import.meta.dir, '..')
const readme = readFileSync(join(root, 'README.md'), 'utf8')

test("the README's commands work as they are written, from the first key to the first bill", async () => {
  const section = readme.slice(
    readme.indexOf('## The first verified key'),
    readme.indexOf('## With the official clients'),
  )
  const blocks = [...section.matchAll(/```sh\n([\s\S]*?)```/g)].map((match) => match[1] ?? '')
  expect(blocks).toHaveLength(6)
  const server = await startServer({ LATCHKEY_DATABASE_URL: `sqlite:${temporaryFolder()}/k.db` })
  const [exports = '', ...commands] = blocks
  const own = exports.replace('http://127.0.0.1:8080', server.url).replace('lk_...', server.rootKey)
  expect(own).not.toBe(exports)
  const script = [own, ...commands].join('\necho; echo ---\n')
  const run = spawnSync('bash', ['-euc', script], { encoding: 'utf8', timeout: 20_000 })
  await server.end('SIGTERM')
  const [, , verified = '', revoked = '', , settled = ''] = run.stdout.split('---\n')
  expect(run.stderr).toBe('')
  expect(verified.trim()).toStartWith('{"valid":true,"code":"VALID"')
  expect(revoked).toContain('"status":"revoked"')
  expect(revoked.trim()).toEndWith('{"valid":false,"code":"NOT_FOUND"}')
  expect(JSON.parse(settled)).toMatchObject({ state: 'settled', settled: '0.0312', released: '0.2188' })
})

test("the README's command line works as it is written, from the login to the chart", async () => {
  const section = readme.slice(
    readme.indexOf('## From the command line'),
    readme.indexOf('## ', readme.indexOf('## From the command line') + 3),
  )
  const blocks = [...section.matchAll(/```sh\n([\s\S]*?)```/g)].map((match) => match[1] ?? '')
  expect(blocks).toHaveLength(1)
  const server = await startServer({ LATCHKEY_DATABASE_URL: `sqlite:${temporaryFolder()}/k.db` })
  const own = blocks.join('').replace('http://127.0.0.1:8080', server.url)
  const run = spawnSync('bash', ['-euc', `latchkey() { node bin/latchkey.mjs "$@"; }\n${own}`], {
    cwd: root,
    encoding: 'utf8',
    timeout: 20_000,
    // A person types it where the login asks for it.
    input: `${server.rootKey}\n`,
    env: { ...process.env, HOME: temporaryFolder(), XDG_CONFIG_HOME: '' },
  })
  await server.end('SIGTERM')
  expect([run.status, run.stderr]).toEqual([0, expect.stringContaining('my first key')])
  expect(run.stdout).toContain('VALID')
  expect(run.stdout).not.toContain(server.rootKey)
})

test('every link of every page leads to a file that exists', () => {
  const pages = ['*.md', 'docs/**/*.md'].flatMap((pattern) => [...new Glob(pattern).scanSync(root)])
  const broken = pages.flatMap((page) => {
    const links = readFileSync(join(root, page), 'utf8').matchAll(/\]\((?!https?:|#|mailto:)([^)#\s]+)/g)
    return [...links]
      .filter(([, to = '']) => !existsSync(join(root, dirname(page), to)))
      .map(([, to]) => `${page} -> ${to}`)
  })
  expect(pages.length).toBeGreaterThan(8)
  expect(broken).toEqual([])
})

test('the settings that the README names exist with these defaults', () => {
  const table = readFileSync(join(root, 'docs/configuration.md'), 'utf8')
  const named = [...readme.matchAll(/`(LATCHKEY_[A-Z_]+)`/g)].map((match) => match[1] ?? '')
  expect(named.length).toBeGreaterThan(3)
  for (const name of named) expect(table).toContain(`\`${name}\``)
  expect(table).toContain('sqlite:./data/latchkey.db')
})
