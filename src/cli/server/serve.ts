import { SETTINGS } from '../../config/settings.ts'
import { initializeOffline } from '../../initialize-offline.ts'
import { resetRoot } from '../../reset-root.ts'
import { CommandError, type Context, type Given } from '../command.ts'
import { OutputClosed } from '../terminal.ts'
import { settingsOf } from './settings.ts'

/** The text of `serve --help`: every setting, as a flag and as a variable. */
export function serveHelp(): string {
  const rows = Object.values(SETTINGS).map((row) => {
    const value = row.default === null || row.default === '' ? '' : ` Default: ${row.default}.`
    return `  ${row.flag} (${row.env})\n      ${row.doc.replaceAll('`', '')}${value}`
  })
  return `Usage: latchkey serve [--flag value ...]

Run the server. It prints the root key once, at the first start, and where it serves.
A flag wins over its variable. Of what is secret there is a form that names a file: --root-key-file, LATCHKEY_ROOT_KEY_FILE.

Settings:
${rows.join('\n')}
`
}

/** Prints only a secret on the output. */
function showRootSecret({ terminal }: Context, secret: string): void {
  try {
    terminal.out(`${secret}\n`)
  } catch (error) {
    if (!(error instanceof OutputClosed)) throw error
    throw new CommandError('Nobody read the secret. Make another one with: latchkey reset-root')
  }
}

/** Creates the database and its root key. */
export async function init(context: Context, given: Given): Promise<undefined> {
  const { config } = settingsOf(context, given, 0)
  const made = await initializeOffline(config)
  if (made === null)
    throw new CommandError('The database has its root key already. If it is lost: latchkey reset-root')
  context.terminal.err(
    `Made the root key in ${config.database.shown}.${config.rootKey === null ? ' It is shown this once and kept nowhere.' : ''}\n`,
  )
  if (config.rootKey === null) showRootSecret(context, made.secret.reveal())
  return undefined
}

/** Creates a new root key. */
export async function resetRootKey(context: Context, given: Given): Promise<undefined> {
  const { config } = settingsOf(context, given, 0)
  const { secret, username, madeUser } = await resetRoot(config)
  const whose = madeUser ? `the new user ${username}` : username
  context.terminal.err(`Latchkey made a root key of ${whose}. It is shown this once and kept nowhere.\n`)
  showRootSecret(context, secret.reveal())
  return undefined
}
