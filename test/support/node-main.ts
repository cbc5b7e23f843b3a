// The server as one of several nodes on one PostgreSQL, which it does not keep for itself. Only for tests, until every
// node hears of the keys that others change.

import { readFileSync } from 'node:fs'
import { loadConfig } from '../../src/config/settings.ts'
import { standardOutput } from '../../src/log/line-writer.ts'
import { serve } from '../../src/serve.ts'

const [, ...args] = process.argv.slice(2)
const loaded = loadConfig({ env: process.env, args, readFile: (path) => readFileSync(path, 'utf8') })
if (!loaded.ok) throw new Error(loaded.problems.join('\n'))
const output = { print: (text: string) => process.stdout.write(text), lines: standardOutput() }
const server = await serve(loaded.config, output, { isOneOfSeveral: true })
process.on('SIGTERM', () => void server.stop('SIGTERM').then(() => process.exit(0)))
