import { spawnSync } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { RUNTIMES, runtimesFolder } from '../test/client/runtimes.ts'

// Installs from npm, into `.cache`, the runtimes in which the TypeScript client is tested and which this machine lacks.

mkdirSync(runtimesFolder, { recursive: true })
const dependencies = Object.fromEntries(RUNTIMES.map(({ name, from }) => [name, `npm:${from}`]))
writeFileSync(`${runtimesFolder}/package.json`, JSON.stringify({ private: true, dependencies }, null, 2))
const { status } = spawnSync('npm', ['install', '--no-audit', '--no-fund', '--no-package-lock'], {
  cwd: runtimesFolder,
  stdio: 'inherit',
})
process.exit(status ?? 1)
