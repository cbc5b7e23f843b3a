import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** The folder into which the tools of users are installed. */
export const toolsFolder: string = join(import.meta.dir, '../../.cache/consumers')

/** The installed tools, with pinned versions. The lowest TypeScript is the one that the README names. */
const TOOLS: Record<string, string> = {
  vite: '8.4.0',
  webpack: '5.113.0',
  esbuild: '0.28.2',
  jest: '30.5.2',
  vitest: '5.1.2',
  'typescript-lowest': 'npm:typescript@5.0.4',
  'typescript-newest': 'npm:typescript@7.0.2',
}

const BRING_MS = 5 * 60_000

/** Installs the tools from npm unless they are present; returns the reason when that fails, else null. */
export function installTools(): string | null {
  const manifest = JSON.stringify({ private: true, dependencies: TOOLS }, null, 2)
  const stamp = join(toolsFolder, 'brought.json')
  if (existsSync(stamp) && Bun.file(stamp).size === manifest.length) return null
  mkdirSync(toolsFolder, { recursive: true })
  writeFileSync(join(toolsFolder, 'package.json'), manifest)
  const flags = ['--ignore-scripts', '--no-audit', '--no-fund', '--no-package-lock']
  const { status, stderr, error } = spawnSync('npm', ['install', ...flags], {
    cwd: toolsFolder,
    encoding: 'utf8',
    timeout: BRING_MS,
  })
  if (status !== 0) return `npm could not bring them: ${error?.message ?? stderr.trim().split('\n').at(-1)}`
  writeFileSync(stamp, manifest)
  return null
}
