import { readFileSync, writeSync } from 'node:fs'
import { loadConfig } from './config/settings.ts'
import { type LineWriter, standardOutput } from './log/line-writer.ts'
import { resetRoot } from './reset-root.ts'
import { serve } from './serve.ts'
import { version } from './version.ts'

const USAGE = `Usage: latchkey serve [--flag value ...]   run the server; docs/configuration.md lists the flags
       latchkey reset-root [--flag value ...]  make a new root key while the server is stopped; its secret goes to stdout
       latchkey --version | --help
`

const STDOUT = 1
const STDERR = 2
// How long the end of the process waits for a reader that takes no log lines.
const LAST_LINES_MS = 500
const STOP_SIGNALS = ['SIGTERM', 'SIGINT'] as const

const [command, ...args] = process.argv.slice(2)

switch (command) {
  case 'serve':
    await startServing()
    break
  case 'reset-root':
    await startReset()
    break
  case '--version':
    print(`latchkey ${version}\n`)
    break
  case '--help':
    print(USAGE)
    break
  default:
    write(STDERR, command === undefined ? USAGE : `latchkey: there is no command "${command}".\n${USAGE}`)
    process.exit(2)
}

async function startServing(): Promise<void> {
  const loaded = loadConfig({ env: process.env, args, readFile: (path) => readFileSync(path, 'utf8') })
  if (!loaded.ok) return fail(loaded.problems)
  const lines = standardOutput()
  try {
    const stopping = Promise.withResolvers<NodeJS.Signals>()
    // Handled however often they come: supervisors signal a whole process group, and the launcher passes its own on. A
    // second one must not end the process in the middle of the orderly stop.
    for (const signal of STOP_SIGNALS) process.on(signal, () => stopping.resolve(signal))
    // Until the server runs it has nothing to do: the start reads everything anyway.
    let reload = () => {}
    process.on('SIGHUP', () => reload())
    const server = await serve(loaded.config, { print, lines })
    reload = () => server.reload()
    void server.broken.then((reason) => end([reason], lines))
    await server.stop(await stopping.promise)
    await end([], lines)
  } catch (error) {
    await end([error instanceof Error ? error.message : String(error)], lines)
  }
}

/** Makes a new root key. The secret alone goes to the output, so that a script can keep it; the rest is for a person. */
async function startReset(): Promise<void> {
  const loaded = loadConfig({ env: process.env, args, readFile: (path) => readFileSync(path, 'utf8') })
  if (!loaded.ok) return fail(loaded.problems)
  try {
    const { secret, username, madeUser } = await resetRoot(loaded.config)
    const whose = madeUser ? `the new user ${username}` : username
    write(STDERR, `Latchkey made a root key of ${whose}. It is shown this once and kept nowhere.\n`)
    if (!write(STDOUT, `${secret.reveal()}\n`)) fail(['Nobody read the secret. Make another one.'])
  } catch (error) {
    fail([error instanceof Error ? error.message : String(error)])
  }
}

/** Ends the process once the log lines are written, also when the server could not stop in order. */
async function end(problems: readonly string[], lines: LineWriter): Promise<void> {
  await lines.drained(LAST_LINES_MS)
  if (problems.length > 0) fail(problems)
  process.exit(0)
}

/** Shows a text to a person, on the error output when nobody reads the other. */
function print(text: string): void {
  if (!write(STDOUT, text)) write(STDERR, text)
}

/** False when the stream takes nothing: its reader is gone, or its disk is full. */
function write(stream: number, text: string): boolean {
  try {
    writeSync(stream, text)
    return true
  } catch {
    return false
  }
}

function fail(problems: readonly string[]): void {
  for (const problem of problems) write(STDERR, `latchkey: ${problem}\n`)
  process.exit(1)
}
