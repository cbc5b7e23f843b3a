import { afterAll, beforeAll } from 'bun:test'
import { type CommandRun, latchkey } from './cli.ts'
import { type ServerProcess, startServer } from './server.ts'

/** The real program against a real server, for the tests of one file. */
export interface CommandBench {
  /** Answers once the tests run. */
  server(): ServerProcess
  /** The variables that lead the program to the server, as root. */
  env(): Record<string, string>
  /** Runs the program as root. */
  run(args: readonly string[], stdin?: string): Promise<CommandRun>
}

/** Starts a server in memory before the tests of the calling file, and stops it after them. */
export function commandBench(
  settings: Record<string, string> = { LATCHKEY_LOG_LEVEL: 'error' },
): CommandBench {
  let started: ServerProcess | undefined
  beforeAll(async () => {
    started = await startServer({ LATCHKEY_DATABASE_URL: 'sqlite::memory:', ...settings })
  })
  afterAll(() => started?.end('SIGTERM'))

  function server(): ServerProcess {
    if (started === undefined) throw new Error('The server starts before the first test, and no earlier.')
    return started
  }
  const env = () => ({ LATCHKEY_URL: server().url, LATCHKEY_API_KEY: server().rootKey })
  return { server, env, run: (args, stdin = '') => latchkey(args, { env: env(), stdin }) }
}
