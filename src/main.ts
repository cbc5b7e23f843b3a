import { readFileSync } from 'node:fs'
import { loadConfig } from './config/settings.ts'
import { serve } from './serve.ts'
import { version } from './version.ts'

const USAGE = `Usage: latchkey serve [--flag value ...]   run the server; docs/configuration.md lists the flags
       latchkey --version | --help
`

const [command, ...args] = process.argv.slice(2)

switch (command) {
  case 'serve':
    await startServing()
    break
  case '--version':
    process.stdout.write(`latchkey ${version}\n`)
    break
  case '--help':
    process.stdout.write(USAGE)
    break
  default:
    process.stderr.write(
      command === undefined ? USAGE : `latchkey: there is no command "${command}".\n${USAGE}`,
    )
    process.exit(2)
}

async function startServing(): Promise<void> {
  const loaded = loadConfig({ env: process.env, args, readFile: (path) => readFileSync(path, 'utf8') })
  if (!loaded.ok) return fail(loaded.problems)
  try {
    const server = await serve(loaded.config, (text) => process.stdout.write(text))
    const stop = async (signal: NodeJS.Signals) => {
      await server.stop(signal)
      process.exit(0)
    }
    process.once('SIGTERM', stop)
    process.once('SIGINT', stop)
    process.once('SIGHUP', stop)
    void server.broken.then((reason) => fail([reason]))
  } catch (error) {
    fail([error instanceof Error ? error.message : String(error)])
  }
}

function fail(problems: readonly string[]): void {
  for (const problem of problems) process.stderr.write(`latchkey: ${problem}\n`)
  process.exit(1)
}
