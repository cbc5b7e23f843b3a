import { beforeAll, describe, expect, test } from 'bun:test'
import { mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { runtimes } from '../client/runtimes.ts'
import { temporaryFolder } from '../support/server.ts'

// The package as npm would install it: the packed files, with its dependencies beside it and nothing of the checkout.

const root = join(import.meta.dir, '../..')
const folder = temporaryFolder()
const installed = join(folder, 'node_modules', 'latchkey')
let files: string[] = []

beforeAll(() => {
  // npm runs this itself when it packs; here its output would mix with the answer.
  expect(Bun.spawnSync([process.execPath, 'scripts/embedded.ts'], { cwd: root }).exitCode).toBe(0)
  const packed = Bun.spawnSync(['npm', 'pack', '--json', '--ignore-scripts', '--pack-destination', folder], {
    cwd: root,
  })
  const [{ filename, files: listed }] = JSON.parse(packed.stdout.toString()) as [
    { filename: string; files: { path: string }[] },
  ]
  files = listed.map(({ path }) => path)
  mkdirSync(installed, { recursive: true })
  expect(
    Bun.spawnSync(['tar', '-xzf', join(folder, filename), '--strip-components=1', '-C', installed]).exitCode,
  ).toBe(0)
  // A workspace is no dependency of the package.
  for (const name of readdirSync(join(root, 'node_modules')))
    if (!name.startsWith('.') && name !== '@latchkey')
      symlinkSync(join(root, 'node_modules', name), join(folder, 'node_modules', name))
  mkdirSync(join(folder, 'node_modules', '.bin'))
  symlinkSync(join(installed, 'bin/latchkey.mjs'), join(folder, 'node_modules', '.bin', 'latchkey'))
}, 60_000)

async function npx(args: string[]): Promise<{ exitCode: number; stdout: string; stderr: string }> {
  const { LATCHKEY_BUN: _ours, ...env } = process.env
  const child = Bun.spawn(['npx', '--no-install', 'latchkey', ...args], {
    cwd: folder,
    env,
    stdout: 'pipe',
    stderr: 'pipe',
  })
  const [stdout, stderr, exitCode] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
    child.exited,
  ])
  return { exitCode, stdout, stderr }
}

describe('the npm package', () => {
  test('runs by npx', async () => {
    const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
    expect((await npx(['--version'])).stdout).toBe(`latchkey ${version}\n`)
    const made = await npx(['init', '--database-url', `sqlite:${folder}/k.db`])
    expect([made.exitCode, made.stdout]).toEqual([0, expect.stringMatching(/^lk_[0-9A-Za-z]{49}\n$/)])
    expect((await npx(['kesy'])).exitCode).toBe(2)
  }, 60_000)

  test('contains the files that it needs to run, and no tests', () => {
    for (const needed of [
      'bin/latchkey.mjs',
      'bunfig.toml',
      'src/main.ts',
      'packages/client/src/index.ts',
      'docs/cli.md',
      'LICENSE',
      'dist/embedded/open-latchkey.js',
      'dist/embedded/open-latchkey.d.ts',
      'dist/embedded/store/sqlite/worker.js',
      'dist/embedded/store/sqlite/reading-worker.js',
    ])
      expect(files).toContain(needed)
    expect(
      files.filter((file) =>
        /(^|\/)(test|bench|sdks|node_modules|data)\/|\.test|\.conformance|\.db$|\.env/.test(file),
      ),
    ).toEqual([])
  })
})

describe('the engine in a process of its own', () => {
  const example = readFileSync(join(root, 'examples/embedded/meter.mjs'), 'utf8')

  for (const { name, command } of runtimes().filter(({ name }) => name === 'Bun' || name === 'Node 24')) {
    test(`is opened by ${name} from the packed package, as in the example`, async () => {
      if (command === null) {
        process.stdout.write(
          `SKIPPED: the engine is not tried in ${name}: there is none here (npm run runtimes).\n`,
        )
        return
      }
      const script = join(folder, 'meter.mjs')
      writeFileSync(script, example)
      const run = (database: string, env: Record<string, string>) => {
        const child = Bun.spawn([...command, script, join(folder, database)], {
          cwd: folder,
          env: { PATH: process.env.PATH ?? '', ...env },
          stdout: 'pipe',
          stderr: 'pipe',
        })
        return Promise.all([
          child.exited,
          new Response(child.stdout).text(),
          new Response(child.stderr).text(),
        ])
      }
      const told = 'VALID, 4.9688 USD are left today\nNOT_FOUND\n'
      const database = `${name.replace(' ', '')}.db`
      const ROOT_KEY = 'a-root-key-of-the-embedding-test-0123456789'
      expect(await run(database, { ROOT_KEY })).toEqual([0, told, ''])
      // The file is still there, with its records.
      expect(await run(database, { ROOT_KEY })).toEqual([0, told, ''])
      expect((await npx(['doctor', '--database-url', `sqlite:${join(folder, database)}`])).stdout).toContain(
        'ok',
      )
    }, 60_000)
  }

  test('runs the lines of the README', async () => {
    const readme = readFileSync(join(root, 'README.md'), 'utf8')
    const [, lines = ''] = /## In your own process\n[\s\S]*?```js\n([\s\S]*?)```/.exec(readme) ?? []
    writeFileSync(join(folder, 'readme.mjs'), lines)
    const env = { PATH: process.env.PATH ?? '', ROOT_KEY: 'a-root-key-of-the-embedding-test-0123456789' }
    const child = Bun.spawn([process.execPath, 'readme.mjs'], { cwd: folder, env, stdout: 'pipe' })
    expect([await child.exited, await new Response(child.stdout).text()]).toEqual([0, 'VALID\n'])
  }, 30_000)

  test('has types that the compiler enforces', () => {
    const program = join(folder, 'typed.mts')
    writeFileSync(
      program,
      `import { openLatchkey, usd, type Verdict } from 'latchkey'
       const latchkey = await openLatchkey({ path: ':memory:' })
       const admin = await latchkey.as(latchkey.rootKey ?? '')
       const { secret } = await admin.keys.create({ access: 'use', limits: { daily: usd('1') } })
       const verdict: Verdict = await latchkey.verify({ key: secret.reveal(), charge: '0.1' })
       const left: bigint | undefined = verdict.valid ? verdict.budget[0]?.remaining : undefined
       // @ts-expect-error: there is no such access.
       await admin.keys.create({ access: 'all' })
       // @ts-expect-error: as() names the caller.
       await admin.keys.create({ principal: null }, { access: 'use' })
       await latchkey.close()
       export { left }\n`,
    )
    const flags = ['--noEmit', '--strict', '--module', 'nodenext', '--target', 'esnext', '--types', 'node']
    const compiler = join(root, 'node_modules/typescript/bin/tsc')
    const { stdout } = Bun.spawnSync(['node', compiler, ...flags, '--skipLibCheck', program], { cwd: folder })
    expect(stdout.toString()).toBe('')
  }, 60_000)
})
