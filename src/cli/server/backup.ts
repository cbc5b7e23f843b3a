import type { Config } from '../../config/settings.ts'
import { copyDatabase, restoreDatabase } from '../../store/sqlite/backup.ts'
import { CommandError, type Context, type Given, isGiven, UsageError } from '../command.ts'
import { startProgress } from '../progress.ts'
import { fileOf, settingsOf } from './settings.ts'

const POSTGRES =
  'A PostgreSQL database is copied by its own tools. Back up: pg_dump --format=custom --file=COPY DATABASE_URL. Restore, with the server stopped: pg_restore --clean --if-exists --dbname=DATABASE_URL COPY'

function requireFile(config: Config): string {
  const path = fileOf(config)
  if (path !== null) return path
  throw new CommandError(
    config.database.kind === 'sqlite' ? 'A database in memory cannot be copied.' : POSTGRES,
  )
}

/** Copies the database. */
export async function backup(context: Context, given: Given): Promise<undefined> {
  const { config, words } = settingsOf(context, given, 1)
  const [to] = words
  if (to === undefined) throw new UsageError('Name the file to write.')
  const path = requireFile(config)
  const { terminal, now } = context
  const progress = startProgress(terminal, { what: 'Copying', now })
  const { revision, keys } = await copyDatabase(path, to, (done, total) => {
    progress.to(Math.min(done, total), total)
  }).finally(progress.end)
  terminal.err(`Copied ${path} to ${to}: ${keys} keys, up to revision ${revision}; checked.\n`)
  return undefined
}

/** Restores a copy. */
export async function restore(context: Context, given: Given): Promise<undefined> {
  const { config, words } = settingsOf(context, given, 1)
  const [from] = words
  if (from === undefined) throw new UsageError('Name the copy to restore.')
  const path = requireFile(config)
  const { terminal, now } = context
  const dryRun = isGiven(given, 'dryRun')
  const { revision, keys, before, answered } = await restoreDatabase(from, path, {
    dryRun,
    at: new Date(now()),
  })
  const done = dryRun ? 'Would restore' : 'Restored'
  terminal.err(`${done} ${path} from ${from}: ${keys} keys, up to revision ${revision}.\n`)
  if (before !== null)
    terminal.err(
      dryRun ? `What is there would lie at ${before} then.\n` : `What was there lies at ${before}.\n`,
    )
  if (revision < answered)
    terminal.err(
      `The copy is older than what was answered from here (revision ${answered}): keys that were revoked since work again. Start once with --accept-older-database, and revoke them anew.\n`,
    )
  return undefined
}
