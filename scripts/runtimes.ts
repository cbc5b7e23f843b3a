import { spawnSync } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { RUNTIMES, runtimesFolder } from '../test/client/runtimes.ts'

// Brings the runtimes that the TypeScript client is tested in and that this machine lacks, from npm, into `.cache`.

mkdirSync(runtimesFolder, { recursive: true })
const dependencies = Object.fromEntries(RUNTIMES.map(({ name, from }) => [name, `npm:${from}`]))
writeFileSync(`${runtimesFolder}/package.json`, JSON.stringify({ private: true, dependencies }, null, 2))
const { status } = spawnSync('npm', ['install', '--no-audit', '--no-fund', '--no-package-lock'], {
  cwd: runtimesFolder,
  stdio: 'inherit',
})
process.exit(status ?? 1)
