import { spawn } from 'node:child_process'
import { cpSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { temporaryFolder } from '../support/server.ts'

const root = join(import.meta.dir, '../..')

/** A folder in which the client is installed as its users install it, from the tarball to be published. */
export interface PackedClient {
  folder: string
  /** The tarball itself. */
  tarball: string
  manifest: { version: string; exports: Record<string, unknown>; files: string[] }
}

let packed: Promise<PackedClient> | undefined

/**
 * Packs the client, which builds it, and installs it in an empty folder together with the driver of the wire cases: once, for
 * all tests of a run.
 */
export function packedClient(): Promise<PackedClient> {
  packed ??= pack()
  return packed
}

async function pack(): Promise<PackedClient> {
  const folder = temporaryFolder()
  const told = await alone(() =>
    run(['npm', 'pack', '--json', '--pack-destination', folder], join(root, 'packages/client')),
  )
  const tarball = join(folder, /"filename": "([^"]+)"/.exec(told)?.[1] ?? '')
  const home = join(folder, 'node_modules/@latchkey/client')
  mkdirSync(home, { recursive: true })
  await run(['tar', '-xzf', tarball, '--strip-components=1', '-C', home], folder)
  writeFileSync(join(folder, 'package.json'), '{"private": true, "type": "module"}\n')
  for (const file of ['driver.js', 'surfaces.js', 'references.js'])
    cpSync(join(root, 'test/sdk-cases', file), join(folder, file))
  for (const file of ['run-module.js', 'run-commonjs.cjs'])
    cpSync(join(root, 'test/client', file), join(folder, file))
  return { folder, tarball, manifest: JSON.parse(readFileSync(join(home, 'package.json'), 'utf8')) }
}

const LOCK = join(root, 'node_modules/.packing-client')
const STALE_MS = 120_000

/** Does it while no other process of the run does: packing builds anew what another one may be reading. */
async function alone<T>(work: () => Promise<T>): Promise<T> {
  while (!took()) await Bun.sleep(50)
  try {
    return await work()
  } finally {
    rmSync(LOCK, { recursive: true, force: true })
  }
}

function took(): boolean {
  try {
    mkdirSync(LOCK)
    return true
  } catch {
    const since = statSync(LOCK, { throwIfNoEntry: false })?.mtimeMs ?? Date.now()
    if (Date.now() - since > STALE_MS) rmSync(LOCK, { recursive: true, force: true })
    return false
  }
}

/** Runs a program and returns its output; throws an error with all output when it fails. */
export async function run(
  [program = '', ...args]: string[],
  cwd: string,
  env: Record<string, string> = {},
): Promise<string> {
  const child = spawn(program, args, {
    cwd,
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let output = ''
  let all = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output += text
    all += text
  })
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    all += text
  })
  const code = await new Promise<number | null>((resolve, reject) => {
    child.on('error', reject)
    child.on('close', resolve)
  })
  if (code !== 0) throw new Error(`${program} ${args.join(' ')} ended with ${code}:\n${all}`)
  return output
}
