import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'

/** A program that runs JavaScript. */
export interface Runtime {
  name: string
  /** Its path and the arguments before the script; null when it is absent. */
  command: string[] | null
  /** Whether it can load CommonJS. */
  commonjs: boolean
}

/** The folder into which `npm run runtimes` installs the missing runtimes. */
export const runtimesFolder = join(import.meta.dir, '../../.cache/runtimes')

const platform = `${process.platform}-${process.arch}`
const deno = process.platform === 'linux' ? `${platform}-glibc` : platform

/** The packages that `npm run runtimes` installs, and the paths of their programs. None has an install script. */
export const RUNTIMES: { name: string; from: string; program: string }[] = [
  { name: 'node-20', from: `node-${platform}@20.20.2`, program: 'bin/node' },
  { name: 'node-24', from: `node-${platform}@24.21.0`, program: 'bin/node' },
  { name: 'deno', from: `@deno/${deno}@2.9.6`, program: 'deno' },
  // The lowest that the client's README names.
  { name: 'typescript-5.0', from: 'typescript@5.0.4', program: 'bin/tsc' },
]

/** The path of one of them; null when it is not installed. */
export function brought(name: string): string | null {
  const program = RUNTIMES.find((each) => each.name === name)?.program ?? name
  const folder = join(runtimesFolder, 'node_modules', name)
  return existsSync(join(folder, program)) ? folder : null
}

/** Every runtime that the TypeScript client supports, present or not. `browser.ts` finds Chromium. */
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

/** The machine's own Node if it has that version. */
function nodeOf(major: number): string[] | null {
  const { stdout } = spawnSync('node', ['--version'], { encoding: 'utf8' })
  return stdout?.startsWith(`v${major}.`) ? ['node'] : present(`node-${major}`)
}

function present(name: string, flags: string[] = []): string[] | null {
  const folder = brought(name)
  const program = RUNTIMES.find((each) => each.name === name)?.program
  return folder !== null && program !== undefined ? [join(folder, program), ...flags] : null
}
