import type { Verdict } from '../../packages/client/src/index.ts'
import { type CommandRow, type Context, type Given, textOf, UsageError } from './command.ts'
import { showRecord } from './show.ts'

/** The exit code of each verdict, so that a script need not read the output. */
export const VERDICT_EXITS: Readonly<Record<string, number>> = {
  VALID: 0,
  NOT_FOUND: 10,
  DISABLED: 11,
  NOT_YET_VALID: 12,
  EXPIRED: 13,
  FORBIDDEN: 14,
  INSUFFICIENT_PERMISSIONS: 15,
  RATE_LIMITED: 16,
  BUDGET_EXCEEDED: 17,
}
/** The exit code of a verdict that this version does not know. */
const OTHERWISE = 19

function verdictLines(verdict: Verdict): [string, string][] {
  const known = verdict as unknown as Record<string, unknown>
  const lines = Object.entries(known).flatMap(([name, value]): [string, string][] => {
    if (value === null || value === undefined || (Array.isArray(value) && value.length === 0)) return []
    return [[name, typeof value === 'object' ? JSON.stringify(value) : String(value)]]
  })
  return lines
}

async function verify(context: Context, given: Given): Promise<number> {
  const [named = '-'] = given.args
  const key = named === '-' ? (await secretRead(context)).trim() : named
  if (key === '') throw new UsageError('Give the key on the standard input, or as the argument.')
  const [permissions, ip, charge] = ['permission', 'ip', 'charge'].map((name) => textOf(given, name))
  const verdict = await context.client().verify({
    key,
    ...(permissions !== undefined && { permissions }),
    ...(ip !== undefined && { ip }),
    ...(charge !== undefined && { charge }),
  })
  if (given.options.quiet !== true) showRecord(context, verdict, verdictLines(verdict))
  return VERDICT_EXITS[verdict.code] ?? OTHERWISE
}

function secretRead({ terminal }: Context): Promise<string> {
  return terminal.isInTty ? terminal.ask('Key: ', true) : terminal.readAll()
}

/** The command that verifies a key. */
export const VERIFY_COMMANDS: readonly CommandRow[] = [
  {
    path: ['verify'],
    summary: 'Ask whether a key may be used now; the exit code tells',
    detail: `The key is read from the standard input when it is not given, so that it need not stand in the list of processes. Exit codes: ${Object.entries(
      VERDICT_EXITS,
    )
      .map(([code, exit]) => `${exit} ${code}`)
      .join(', ')}; 1 when the server could not be asked.`,
    args: [{ name: 'key', doc: 'Its text; - or nothing for the standard input.', optional: true }],
    options: [
      { flags: '--permission <expression>', doc: 'The required permissions, such as documents.read.' },
      { flags: '--ip <address>', doc: 'Where the call comes from.' },
      { flags: '--charge <usd>', doc: 'Spends this at once.' },
      { flags: '--quiet', doc: 'Shows nothing.' },
    ],
    examples: ['verify --permission documents.read < key.txt', 'verify --quiet "$KEY" && echo valid'],
    shows: true,
    run: verify,
  },
]
