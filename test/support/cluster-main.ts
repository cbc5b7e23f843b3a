import { readFileSync } from 'node:fs'
import { loadConfig } from '../../src/config/settings.ts'
import { standardOutput } from '../../src/log/line-writer.ts'
import { serve } from '../../src/serve.ts'

// A server that shares its database with others, which `main.ts` refuses. `silent` keeps it from waking and being woken.

const loaded = loadConfig({
  env: process.env,
  args: [],
  readFile: (path) => readFileSync(path, 'utf8'),
})
if (!loaded.ok) throw new Error(loaded.problems.join('\n'))
const print = (text: string) => process.stdout.write(text)
const silent = process.env.LATCHKEY_TEST_SILENT === '1'
const server = await serve(
  loaded.config,
  { print, lines: standardOutput() },
  { isOneOfSeveral: true, silent },
)
process.on('SIGTERM', () => void server.stop('SIGTERM').then(() => process.exit(0)))
void server.broken.then((reason) => {
  process.stderr.write(`latchkey: ${reason}\n`)
  process.exit(1)
})
