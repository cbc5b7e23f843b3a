import { afterAll, afterEach, beforeAll, describe, expect, test } from 'bun:test'
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { platformPackages } from '../bin/find-bun.mjs'
import { MEMORY_SETTINGS } from '../bin/memory-settings.mjs'

// The launcher runs on plain Node, in a copy of bin/ beside a program that prints its arguments.
const PROGRAM = `
  for (const name of ['SIGTERM', 'SIGINT', 'SIGHUP']) process.on(name, () => { console.log(name); process.exit(3) })
  console.log(JSON.stringify({ pid: process.pid, args: process.argv.slice(2), dotenv: process.env.FROM_DOTENV ?? null,
    holes: process.env.MIMALLOC_PURGE_HOLES, delay: process.env.MIMALLOC_PURGE_DELAY,
    collects: process.env.BUN_JSC_gcMaxHeapSize }))
  const [word] = process.argv.slice(2)
  if (word === 'exit-with-7') process.exit(7)
  if (word === 'die') process.kill(process.pid, 'SIGKILL')
  if (word === 'wait') setInterval(() => {}, 1000)`

const PLACEHOLDER = 'echo "The install script was not run." >&2\nexit 7\n'
const ARCHITECTURE = process.arch === 'arm64' ? 'aarch64' : process.arch

let root = ''
const pids: number[] = []

beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'latchkey-launcher-'))
  cpSync(new URL('../bin', import.meta.url).pathname, join(root, 'bin'), { recursive: true })
  mkdirSync(join(root, 'src'))
  mkdirSync(join(root, 'elsewhere'))
  writeFileSync(join(root, 'bunfig.toml'), '')
  writeFileSync(join(root, 'src', 'main.ts'), PROGRAM)
  writeFileSync(join(root, 'elsewhere', '.env'), 'FROM_DOTENV=loaded\n')
  writeFileSync(join(root, 'elsewhere', 'bunfig.toml'), 'preload = ["./preload.ts"]\n')
  writeFileSync(join(root, 'elsewhere', 'preload.ts'), 'console.log("preloaded")\n')
})

afterAll(() => {
  // Only a broken launcher leaves processes behind.
  for (const pid of pids) if (isRunning(pid)) process.kill(pid, 'SIGKILL')
  rmSync(root, { recursive: true, force: true })
})

describe('the Bun package of a machine', () => {
  test.each([
    ['linux', 'x64', false, ['@oven/bun-linux-x64', '@oven/bun-linux-x64-musl']],
    ['linux', 'arm64', true, ['@oven/bun-linux-aarch64-musl', '@oven/bun-linux-aarch64']],
    ['darwin', 'arm64', false, ['@oven/bun-darwin-aarch64']],
    ['win32', 'x64', false, ['@oven/bun-windows-x64']],
    ['freebsd', 'x64', false, ['@oven/bun-freebsd-x64']],
    ['android', 'arm64', false, ['@oven/bun-linux-aarch64-android']],
    ['linux', 'riscv64', false, []],
    ['aix', 'x64', false, []],
  ])('%s on %s (musl: %p)', (platform, arch, musl, packages) => {
    expect(platformPackages({ platform, arch, musl })).toEqual(packages)
  })
})

describe('the launcher', () => {
  afterEach(() => {
    rmSync(join(root, 'node_modules'), { recursive: true, force: true })
  })

  test('passes the arguments on unchanged and exits with the exit code of the program', async () => {
    const { launched, told } = launch(['exit-with-7', '--port', '', 'a b', '--version'])
    expect((await told()).args).toEqual(['exit-with-7', '--port', '', 'a b', '--version'])
    expect(await launched.exited).toBe(7)
  })

  test('reads neither .env nor bunfig.toml of the current folder', async () => {
    const { launched, told } = launch(['exit-with-7'])
    expect(await told()).toMatchObject({ dotenv: null })
    await launched.exited
  })

  test('sets the memory, and leaves a value that the environment has', async () => {
    const { launched, told } = launch(['exit-with-7'], { MIMALLOC_PURGE_DELAY: '7' })
    const { MIMALLOC_PURGE_HOLES: holes, BUN_JSC_gcMaxHeapSize: collects } = MEMORY_SETTINGS
    expect(await told()).toMatchObject({ holes, delay: '7', collects })
    await launched.exited
  })

  test('has settings that this Bun knows: garbage is collected several times as often', () => {
    const garbage = `globalThis.held = Array.from({ length: 2_000_000 }, (_, n) => ({ n }))
      for (let n = 0; n < 6_000_000; n += 1) globalThis.last = [{ n }]`
    const collections = (settings: object) => {
      const env = { PATH: process.env.PATH, BUN_JSC_logGC: '1', ...settings }
      const { stdout, stderr } = Bun.spawnSync([process.execPath, '-e', garbage], { env })
      return `${stdout}${stderr}`.split('GC END').length - 1
    }
    const [often, seldom] = [collections(MEMORY_SETTINGS), collections({})]
    process.stdout.write(`collections: ${often}, and ${seldom} by default\n`)
    expect(seldom).toBeGreaterThan(0)
    expect(often).toBeGreaterThan(3 * seldom)
  })

  test.each(['SIGTERM', 'SIGINT', 'SIGHUP'] as const)(
    'passes %s on and waits for the program to end',
    async (signal) => {
      const { launched, told, rest } = launch(['wait'])
      await told()
      launched.kill(signal)
      expect(await rest()).toBe(`${signal}\n`)
      expect(await launched.exited).toBe(3)
    },
  )

  test('ends by the signal that ended the program', async () => {
    const { launched } = launch(['die'])
    await launched.exited
    expect(launched.signalCode).toBe('SIGKILL')
  })

  test('ends the program as well when it is killed with SIGKILL', async () => {
    const { launched, told, rest } = launch(['wait'])
    const { pid } = await told()
    launched.kill('SIGKILL')
    // Standard output ends when the last process that holds it has ended.
    expect(await rest()).toBe('')
    expect(pid).not.toBe(launched.pid)
  })

  test.each([
    ['the platform package, without install scripts', `@oven/bun-${process.platform}-${ARCHITECTURE}`, 'bun'],
    ['the bun package, after its install script', 'bun', 'bun.exe'],
  ])('finds the program in %s', async (_, name, file) => {
    installPackage('bun', 'bun.exe', PLACEHOLDER)
    installPackage(name, file, process.execPath)
    const { launched } = launch(['exit-with-7'], { LATCHKEY_BUN: '' })
    expect(await launched.exited).toBe(7)
  })

  test('does not run the placeholder of the bun package', async () => {
    installPackage('bun', 'bun.exe', PLACEHOLDER)
    const { launched } = launch(['exit-with-7'], { LATCHKEY_BUN: '' })
    expect(await launched.exited).toBe(1)
  })

  test.each([
    ['', /^latchkey: Bun is not installed here \(looked for @oven\/.*\): run npm ci.*\.\n$/],
    [
      '/missing/bun',
      /^latchkey: LATCHKEY_BUN is \/missing\/bun, which is not a program that can be run\.\n$/,
    ],
  ])('says in one line what to do when LATCHKEY_BUN is %j and there is no Bun', async (bun, line) => {
    const { launched } = launch(['exit-with-7'], { LATCHKEY_BUN: bun })
    expect(await new Response(launched.stderr).text()).toMatch(line)
    expect(await launched.exited).toBe(1)
  })
})

/** Puts a package with one program, given as its text or as the path of a program, where npm would. */
function installPackage(name: string, file: string, program: string): void {
  const folder = join(root, 'node_modules', name)
  mkdirSync(join(folder, 'bin'), { recursive: true })
  writeFileSync(join(folder, 'package.json'), '{}')
  rmSync(join(folder, 'bin', file), { force: true })
  if (program.startsWith('/')) symlinkSync(program, join(folder, 'bin', file))
  else writeFileSync(join(folder, 'bin', file), program, { mode: 0o755 })
}

/** Starts the launcher; `told` is the first output of the program, `rest` all later output. */
function launch(args: string[], env: Record<string, string> = {}) {
  const launched = Bun.spawn(['node', join(root, 'bin', 'latchkey.mjs'), ...args], {
    cwd: join(root, 'elsewhere'),
    env: { ...process.env, LATCHKEY_BUN: process.execPath, ...env },
    stdin: 'ignore',
    stdout: 'pipe',
    stderr: 'pipe',
  })
  const output = launched.stdout.pipeThrough(new TextDecoderStream())[Symbol.asyncIterator]()
  return {
    launched,
    async told() {
      const { value } = await output.next()
      const said = JSON.parse(value ?? '') as { pid: number; args: string[]; dotenv: string | null }
      pids.push(launched.pid, said.pid)
      return said
    },
    async rest() {
      let text = ''
      for (let piece = await output.next(); !piece.done; piece = await output.next()) text += piece.value
      return text
    },
  }
}

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}
