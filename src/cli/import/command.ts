import { readFileSync } from 'node:fs'
import {
  argument,
  type CommandRow,
  type Context,
  type Given,
  isGiven,
  textOf,
  UsageError,
} from '../command.ts'
import { userIdOf } from '../people/refs.ts'
import { startProgress } from '../progress.ts'
import { showRows } from '../show.ts'
import { printable } from '../text.ts'
import { FORMATS, type Format, formatOf, MAPS, type SecretsAre } from './formats.ts'
import { readyKeys, userIdsOf, workspaceIdsOf } from './ready.ts'
import { recordsIn } from './records.ts'
import { type RowResult, sendKeys } from './send.ts'

const COLUMNS = [
  { head: 'ROW', value: ({ row }: RowResult) => String(row) },
  { head: 'SHA256', value: ({ sha256 }: RowResult) => sha256 },
  { head: 'STATUS', value: ({ status }: RowResult) => status },
  { head: 'ID', value: ({ id }: RowResult) => id ?? '' },
  { head: 'DETAIL', value: ({ detail }: RowResult) => detail ?? '' },
]

/** The maximum number of rows that are reported on the error output; the rest are counted. */
const REPORTED_MAX = 20

async function importKeys(context: Context, given: Given): Promise<number> {
  const { terminal, output } = context
  const path = argument(given, 0)
  const { rows, isCsv } = recordsIn(path === '-' ? await terminal.readAll() : readFileSync(path, 'utf8'))
  const [first] = rows
  if (first === undefined) throw new UsageError('The file holds no keys.')
  const format = (textOf(given, 'format') as Format | undefined) ?? formatOf(first, isCsv)
  const are = (textOf(given, 'as') ?? 'auto') as SecretsAre
  const client = context.client()
  const owner = textOf(given, 'owner')
  const workspace = textOf(given, 'workspace')
  const { keys, failed, lost } = await readyKeys(rows, (row) => MAPS[format](row, are), {
    userId: userIdsOf(client),
    workspaceId: workspaceIdsOf(client),
    ...(owner !== undefined && { ownerId: await userIdOf(client, owner) }),
    ...(workspace !== undefined && { workspace: (await client.workspaces.get(workspace)).id }),
  })
  reportLost(context, lost)
  const dryRun = isGiven(given, 'dryRun')
  const count = { created: 0, exists: 0, failed: 0 }
  const shower = output === 'table' ? null : showRows<RowResult>(context, COLUMNS)
  const progress = startProgress(terminal, { what: 'Importing', total: rows.length, now: context.now })
  const take = (results: readonly RowResult[]) => {
    progress.end()
    for (const result of results) {
      count[result.status] += 1
      if (result.status === 'failed' && count.failed <= REPORTED_MAX) reportFailed(context, result)
    }
    shower?.rows(results)
    progress.to(count.created + count.exists + count.failed)
  }
  take(failed)
  for await (const results of sendKeys(client, keys, { dryRun, stopping: context.stopping })) take(results)
  progress.end()
  shower?.end()
  if (count.failed > REPORTED_MAX)
    terminal.err(`${count.failed - REPORTED_MAX} more rows failed; --output csv shows all.\n`)
  const would = dryRun ? ' Nothing was changed: this was a dry run.' : ''
  terminal.err(
    `${format}: ${count.created} created, ${count.exists} there already, ${count.failed} failed.${would}\n`,
  )
  return count.failed > 0 || context.stopping.aborted ? 1 : 0
}

function reportFailed({ terminal }: Context, { row, code, detail }: RowResult): void {
  terminal.err(`row ${row}: ${printable(detail ?? code ?? 'failed')}\n`)
}

/** Reports each kind of value that is not imported once, with the number of its rows. */
function reportLost({ terminal }: Context, lost: ReadonlyMap<string, number>): void {
  for (const [what, rows] of lost)
    terminal.err(`not carried over, of ${rows} ${rows === 1 ? 'row' : 'rows'}: ${printable(what)}\n`)
}

const ROW: Omit<CommandRow, 'path'> = {
  summary: 'Take in keys that were made elsewhere; they go on working',
  detail:
    'Reads exports of better-auth (the table apikey) and LiteLLM (LiteLLM_VerificationToken) as JSON or CSV, what is sent to migrate to Unkey, our own JSON, and CSV with our columns: sha256 or secret, mask, id, name, access, disabled, owner, workspace, external_user_id, labels (a=b;c=d), permissions (a.read;b.*), rates (100/1m), allowed_ips, limit_daily, limit_weekly, limit_monthly, limit_total, include_byok_in_limit, not_before, expires_at. A text is hashed here and does not leave this machine. Importing the same file again changes nothing. What cannot be carried over is told.',
  args: [{ name: 'file', doc: 'A file of JSON, JSON lines or CSV; - for the standard input.' }],
  options: [
    {
      flags: '--format <format>',
      doc: 'What wrote the file; found out by its columns when absent.',
      choices: FORMATS,
    },
    {
      flags: '--as <form>',
      doc: 'Whether the column of the secret holds digests or texts; found out when absent.',
      choices: ['auto', 'digest', 'text'],
    },
    {
      flags: '--owner <user>',
      doc: 'The owner of keys for which the file has none; the caller when absent.',
    },
    { flags: '--workspace <workspace>', doc: 'Where they belong, where the file does not say.' },
    { flags: '--dry-run', doc: 'Only tells the result for each key and changes nothing.' },
  ],
  examples: [
    'import litellm.csv --owner gateway --dry-run',
    'import keys.json --format better-auth --output csv > results.csv',
  ],
  shows: true,
  run: importKeys,
}

/** The command that imports keys from other systems. */
export const IMPORT_COMMANDS: readonly CommandRow[] = [
  { path: ['import'], ...ROW },
  { path: ['keys', 'import'], ...ROW },
]
