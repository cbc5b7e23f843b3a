// The server as one of several nodes on one PostgreSQL. With `LATCHKEY_TEST_SILENT=1` it neither wakes others nor is woken by them.

import { readFileSync } from 'node:fs'
import { loadConfig } from '../../src/config/settings.ts'
import { standardOutput } from '../../src/log/line-writer.ts'
import { serve } from '../../src/serve.ts'

const [, ...args] = process.argv.slice(2)
const loaded = loadConfig({ env: process.env, args, readFile: (path) => readFileSync(path, 'utf8') })
if (!loaded.ok) throw new Error(loaded.problems.join('\n'))
const output = { print: (text: string) => process.stdout.write(text), lines: standardOutput() }
const server = await serve(loaded.config, output, {
  silent: process.env.LATCHKEY_TEST_SILENT === '1',
})
process.on('SIGTERM', () => void server.stop('SIGTERM').then(() => process.exit(0)))
void server.broken.then((reason) => {
  process.stderr.write(`latchkey: ${reason}\n`)
  process.exit(1)
})
