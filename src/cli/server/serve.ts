import { REFUSED_SETTINGS, SETTINGS } from '../../config/settings.ts'
import { initializeOffline } from '../../initialize-offline.ts'
import { resetRoot } from '../../reset-root.ts'
import { CommandError, type CommandRow, type Context } from '../command.ts'
import { OutputClosed } from '../terminal.ts'
import { settingsOf } from './settings.ts'

/** What `serve --help` prints: every setting, as a flag and as a variable. */
export function serveHelp(): string {
  const rows = Object.values(SETTINGS).map((row) => {
    const value = row.default === null || row.default === '' ? '' : ` Default: ${row.default}.`
    return `  ${row.flag} (${row.env})\n      ${row.doc.replaceAll('`', '')}${value}`
  })
  const refused = REFUSED_SETTINGS.map(({ flag, reason }) => `  ${flag}\n      ${reason}`)
  return `Usage: latchkey serve [--flag value ...]

Run the server. It prints the root key once, at the first start, and where it serves.
A flag wins over its variable. Of what is secret there is a form that names a file: --root-key-file, LATCHKEY_ROOT_KEY_FILE.

Settings:
${[...rows, ...refused].join('\n')}
`
}

/** Shows a secret alone on the output. */
function showRootSecret({ terminal }: Context, secret: string): void {
  try {
    terminal.out(`${secret}\n`)
  } catch (error) {
    if (!(error instanceof OutputClosed)) throw error
    throw new CommandError('Nobody read the secret. Make another one with: latchkey reset-root')
  }
}

/** What is done on the machine of the server. */
export const SERVER_COMMANDS: readonly CommandRow[] = [
  {
    path: ['serve'],
    summary: 'Run the server',
    detail: 'Every setting is a flag and a variable; docs/configuration.md and serve --help list them.',
    local: true,
    settings: true,
    examples: ['serve --port 9000 --database-url sqlite:./data/latchkey.db'],
    run({ terminal }) {
      terminal.out(serveHelp())
      return undefined
    },
  },
  {
    path: ['init'],
    summary: 'Make the database and its root key without running the server',
    detail:
      'The secret of the root key goes to the standard output, alone, unless LATCHKEY_ROOT_KEY says what it is. Takes the settings of serve.',
    local: true,
    settings: true,
    examples: ['init --database-url sqlite:./data/latchkey.db > root-key.txt'],
    async run(context, given) {
      const { config } = settingsOf(context, given, 0)
      const made = await initializeOffline(config)
      if (made === null)
        throw new CommandError('The database has its root key already. If it is lost: latchkey reset-root')
      context.terminal.err(
        `Made the root key in ${config.database.shown}.${config.rootKey === null ? ' It is shown this once and kept nowhere.' : ''}\n`,
      )
      if (config.rootKey === null) showRootSecret(context, made.secret.reveal())
      return undefined
    },
  },
  {
    path: ['reset-root'],
    summary: 'Make a new root key while the server is stopped',
    detail:
      'Its secret goes to the standard output, alone. Nothing that is there is changed. Takes the settings of serve.',
    local: true,
    settings: true,
    examples: ['reset-root > root-key.txt'],
    async run(context, given) {
      const { config } = settingsOf(context, given, 0)
      const { secret, username, madeUser } = await resetRoot(config)
      const whose = madeUser ? `the new user ${username}` : username
      context.terminal.err(`Latchkey made a root key of ${whose}. It is shown this once and kept nowhere.\n`)
      showRootSecret(context, secret.reveal())
      return undefined
    },
  },
]
