import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'

/** A program that runs JavaScript. */
export interface Runtime {
  name: string
  /** Its path and what comes before the script; null where it is absent. */
  command: string[] | null
  /** Whether it can load CommonJS. */
  commonjs: boolean
}

/** Where `npm run runtimes` puts what the machine lacks. */
export const runtimesFolder = join(import.meta.dir, '../../.cache/runtimes')

const platform = `${process.platform}-${process.arch}`
const deno = process.platform === 'linux' ? `${platform}-glibc` : platform

/** What `npm run runtimes` brings, and the path of its program. No package has an install script. */
export const RUNTIMES: { name: string; from: string; program: string }[] = [
  { name: 'node-20', from: `node-${platform}@20.20.2`, program: 'bin/node' },
  { name: 'node-24', from: `node-${platform}@24.21.0`, program: 'bin/node' },
  { name: 'deno', from: `@deno/${deno}@2.9.6`, program: 'deno' },
  // The lowest that the client's README names.
  { name: 'typescript-5.0', from: 'typescript@5.0.4', program: 'bin/tsc' },
]

/** Where one of them lies; null where it was not brought. */
export function brought(name: string): string | null {
  const program = RUNTIMES.find((each) => each.name === name)?.program ?? name
  const folder = join(runtimesFolder, 'node_modules', name)
  return existsSync(join(folder, program)) ? folder : null
}

/** Every runtime that the TypeScript client is made for, present or not. Chromium is looked for elsewhere. */
export function runtimes(): Runtime[] {
  const denoFlags = [
    'run',
    '--no-prompt',
    '--allow-net=127.0.0.1',
    '--allow-read',
    '--node-modules-dir=manual',
  ]
  return [
    { name: 'Node 20', command: nodeOf(20), commonjs: true },
    { name: 'Node 24', command: nodeOf(24), commonjs: true },
    { name: 'Bun', command: [process.execPath], commonjs: true },
    { name: 'Deno', command: present('deno', denoFlags), commonjs: false },
  ]
}

/** The machine's own Node where it is of that version. */
function nodeOf(major: number): string[] | null {
  const { stdout } = spawnSync('node', ['--version'], { encoding: 'utf8' })
  return stdout?.startsWith(`v${major}.`) ? ['node'] : present(`node-${major}`)
}

function present(name: string, flags: string[] = []): string[] | null {
  const folder = brought(name)
  const program = RUNTIMES.find((each) => each.name === name)?.program
  return folder !== null && program !== undefined ? [join(folder, program), ...flags] : null
}
