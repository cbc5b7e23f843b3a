import { Latchkey } from '../../packages/client/src/index.ts'
import { version } from '../version.ts'
import { type Context, type Given, type Output, textOf } from './command.ts'
import { COMMANDS, GROUPS } from './commands.ts'
import { messageOf, USAGE } from './failures.ts'
import { targetOf } from './profiles.ts'
import { parserExit, programOf } from './program.ts'
import { OutputClosed, type Terminal } from './terminal.ts'

/** The environment of the program. */
export interface Surroundings {
  /** The arguments after the name of the program. */
  args: readonly string[]
  env: Readonly<Record<string, string | undefined>>
  terminal: Terminal
  stopping: AbortSignal
}

/** Runs one command line and returns the exit code. Every failure is reported in one line. */
export async function runCli({ args, env, terminal, stopping }: Surroundings): Promise<number> {
  let exitCode = 0
  const program = programOf(COMMANDS, {
    groups: GROUPS,
    version,
    write: terminal,
    async run(row, given) {
      exitCode = (await row.run(contextOf(given), given)) ?? 0
    },
  })
  if (args.length === 0) {
    terminal.err(program.helpInformation())
    return USAGE
  }
  try {
    await program.parseAsync([...args], { from: 'user' })
    return exitCode
  } catch (error) {
    if (error instanceof OutputClosed) return 0
    const parsed = parserExit(error)
    if (parsed !== null) return parsed
    const { text, code } = messageOf(error)
    terminal.err(`latchkey: ${text}\n`)
    if (code === USAGE) terminal.err('Run the command with --help to see what it takes.\n')
    return code
  }

  function contextOf(given: Given): Context {
    const target = () => targetOf(env, { url: textOf(given, 'url'), profile: textOf(given, 'profile') })
    return {
      terminal,
      env,
      output: (textOf(given, 'output') ?? 'table') as Output,
      target,
      client() {
        const { url, apiKey } = target()
        return new Latchkey({ baseUrl: url, apiKey })
      },
      now: Date.now,
      stopping,
    }
  }
}
