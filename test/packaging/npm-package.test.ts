import { beforeAll, describe, expect, test } from 'bun:test'
import { mkdirSync, readdirSync, readFileSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { temporaryFolder } from '../support/server.ts'

// The package as npm would install it: what is packed, with its dependencies beside it and nothing of the checkout.

const root = join(import.meta.dir, '../..')
const folder = temporaryFolder()
const installed = join(folder, 'node_modules', 'latchkey')
let files: string[] = []

beforeAll(() => {
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

  test('holds what it needs to run and no tests', () => {
    for (const needed of [
      'bin/latchkey.mjs',
      'bunfig.toml',
      'src/main.ts',
      'packages/client/src/index.ts',
      'docs/cli.md',
      'LICENSE',
    ])
      expect(files).toContain(needed)
    expect(
      files.filter((file) =>
        /(^|\/)(test|bench|sdks|node_modules|data)\/|\.test|\.conformance|\.db$|\.env/.test(file),
      ),
    ).toEqual([])
  })
})
