import { readFileSync, writeSync } from 'node:fs'
import type { LineWriter } from './log/line-writer.ts'

const STDOUT = 1
const STDERR = 2
// How long the end of the process waits for a log reader that takes no lines.
const LAST_LINES_MS = 500
/** How long a command may run after it was asked to stop: a call with many records ends within this time. */
const LAST_WORK_MS = 6_000
/** The exit code that a shell reports for a program ended by Ctrl-C. */
const INTERRUPTED = 130
const STOP_SIGNALS = ['SIGTERM', 'SIGINT'] as const

const [command, ...args] = process.argv.slice(2)

if (command === 'serve' && !asksForHelp(args)) await startServing()
else await startCommand()

function asksForHelp(words: readonly string[]): boolean {
  return words.includes('--help') || words.includes('-h')
}

/** Runs any other command. Server and commands are loaded only when needed, so that both start fast. */
async function startCommand(): Promise<void> {
  const { runCli } = await import('./cli/run.ts')
  const { processTerminal } = await import('./cli/terminal.ts')
  const stopping = new AbortController()
  for (const signal of STOP_SIGNALS) {
    process.on(signal, () => {
      // A second signal ends a command that does not stop by itself.
      if (stopping.signal.aborted) process.exit(INTERRUPTED)
      stopping.abort()
      setTimeout(() => process.exit(INTERRUPTED), LAST_WORK_MS).unref()
    })
  }
  const words = command === 'serve' ? ['serve'] : process.argv.slice(2)
  const terminal = processTerminal()
  process.exit(await runCli({ args: words, env: process.env, terminal, stopping: stopping.signal }))
}

async function startServing(): Promise<void> {
  const { loadConfig } = await import('./config/settings.ts')
  const { standardOutput } = await import('./log/line-writer.ts')
  const { serve } = await import('./serve.ts')
  const { shownSettings } = await import('./config/shown-settings.ts')
  const sources = { env: process.env, args, readFile: (path: string) => readFileSync(path, 'utf8') }
  const loaded = loadConfig(sources)
  if (!loaded.ok) return fail(loaded.problems)
  const lines = standardOutput()
  try {
    const stopping = Promise.withResolvers<NodeJS.Signals>()
    // The handlers stay for every signal: supervisors signal a whole process group, and the launcher passes its own on. A second signal
    // must not end the process in the middle of the orderly stop.
    for (const signal of STOP_SIGNALS) process.on(signal, () => stopping.resolve(signal))
    // Until the server runs there is nothing to reload: the start reads everything anyway.
    let reload = () => {}
    process.on('SIGHUP', () => reload())
    const server = await serve(loaded.config, { print, lines }, { settingRows: shownSettings(sources) })
    reload = () => server.reload()
    void server.broken.then((reason) => end([reason], lines))
    await server.stop(await stopping.promise)
    await end([], lines)
  } catch (error) {
    await end([error instanceof Error ? error.message : String(error)], lines)
  }
}

/** Ends the process once the log lines are written, also when the orderly stop has failed. */
async function end(problems: readonly string[], lines: LineWriter): Promise<void> {
  await lines.drained(LAST_LINES_MS)
  if (problems.length > 0) fail(problems)
  process.exit(0)
}

/** Shows a text to a person, on the error output when the standard output has no reader. */
function print(text: string): void {
  if (!write(STDOUT, text)) write(STDERR, text)
}

/** False when the stream accepts nothing: its reader is gone, or its disk is full. */
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
