import { readFileSync } from 'node:fs'
import type { ImportKey, Latchkey } from '../../../packages/client/src/index.ts'
import { MAX } from '../../core/ground/bounds.ts'
import { parseSecretShape, Secret, storedSecret } from '../../core/ground/secret.ts'
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
import { FORMATS, type Format, formatOf, MAPS, type Mapped, type SecretsAre } from './formats.ts'
import { recordsIn } from './records.ts'
import { type RowResult, type Sent, sendKeys } from './send.ts'

const COLUMNS = [
  { head: 'ROW', value: ({ row }: RowResult) => String(row) },
  { head: 'SHA256', value: ({ sha256 }: RowResult) => sha256 },
  { head: 'STATUS', value: ({ status }: RowResult) => status },
  { head: 'ID', value: ({ id }: RowResult) => id ?? '' },
  { head: 'DETAIL', value: ({ detail }: RowResult) => detail ?? '' },
]

const PRINTABLE = new RegExp(`^[!-~]{${MAX.importedSecretCharsMin},${MAX.credentialChars}}$`)
/** Rows that are told of on the error output; the rest are counted. */
const TOLD_MAX = 20

async function importKeys(context: Context, given: Given): Promise<number> {
  const { terminal, output } = context
  const path = argument(given, 0)
  const { rows, isCsv } = recordsIn(path === '-' ? await terminal.readAll() : readFileSync(path, 'utf8'))
  const [first] = rows
  if (first === undefined) throw new UsageError('The file holds no keys.')
  const format = (textOf(given, 'format') as Format | undefined) ?? formatOf(first, isCsv)
  const are = (textOf(given, 'as') ?? 'auto') as SecretsAre
  const mapped = rows.map((row) => MAPS[format](row, are))
  tellLost(context, mapped)
  const client = context.client()
  const { keys, failed } = await readyKeys(client, mapped, {
    owner: textOf(given, 'owner'),
    workspace: textOf(given, 'workspace'),
  })
  const dryRun = isGiven(given, 'dryRun')
  const count = { created: 0, exists: 0, failed: 0 }
  const shower = output === 'table' ? null : showRows<RowResult>(context, COLUMNS)
  const progress = startProgress(terminal, { what: 'Importing', total: rows.length, now: context.now })
  const take = (results: readonly RowResult[]) => {
    progress.end()
    for (const result of results) {
      count[result.status] += 1
      if (result.status === 'failed' && count.failed <= TOLD_MAX) tellFailed(context, result)
    }
    shower?.rows(results)
    progress.to(count.created + count.exists + count.failed)
  }
  take(failed)
  for await (const results of sendKeys(client, keys, { dryRun, stopping: context.stopping })) take(results)
  progress.end()
  shower?.end()
  if (count.failed > TOLD_MAX)
    terminal.err(`${count.failed - TOLD_MAX} more rows failed; --output csv shows all.\n`)
  const would = dryRun ? ' Nothing was changed: this was a dry run.' : ''
  terminal.err(
    `${format}: ${count.created} created, ${count.exists} there already, ${count.failed} failed.${would}\n`,
  )
  return count.failed > 0 || context.stopping.aborted ? 1 : 0
}

function tellFailed({ terminal }: Context, { row, code, detail }: RowResult): void {
  terminal.err(`row ${row}: ${printable(detail ?? code ?? 'failed')}\n`)
}

/** Tells once of each thing that is not carried over, and of how many rows. */
function tellLost({ terminal }: Context, mapped: readonly Mapped[]): void {
  const counts = new Map<string, number>()
  for (const each of mapped.flatMap(({ lost }) => lost)) counts.set(each, (counts.get(each) ?? 0) + 1)
  for (const [what, rows] of counts)
    terminal.err(`not carried over, of ${rows} ${rows === 1 ? 'row' : 'rows'}: ${printable(what)}\n`)
}

/** The keys as they are sent. A text is hashed here, so that no secret leaves this machine. */
async function readyKeys(
  client: Latchkey,
  mapped: readonly Mapped[],
  all: { owner: string | undefined; workspace: string | undefined },
): Promise<{ keys: Sent[]; failed: RowResult[] }> {
  const users = new Map<string, string>()
  const workspaces = new Map<string, string>()
  const keys: Sent[] = []
  const failed: RowResult[] = []
  for (const [index, { text, key }] of mapped.entries()) {
    const row = index + 1
    const { owner = all.owner, workspace = all.workspace, ...members } = key
    const hashed = text === undefined ? null : hashedText(text)
    if (hashed !== null && 'wrong' in hashed) {
      failed.push({
        row,
        sha256: '',
        status: 'failed',
        id: null,
        code: 'input_invalid',
        detail: hashed.wrong,
      })
      continue
    }
    const named: ImportKey = { ...members, ...hashed }
    if (owner !== undefined && named.ownerId == null)
      named.ownerId = await known(users, owner, () => userIdOf(client, owner))
    if (workspace !== undefined && named.workspaceId == null)
      named.workspaceId = await known(
        workspaces,
        workspace,
        async () => (await client.workspaces.get(workspace)).id,
      )
    keys.push({ row, key: named })
  }
  return { keys, failed }
}

function hashedText(text: string): { sha256: string; mask: string } | { wrong: string } {
  const shape = parseSecretShape(text)
  if (shape === 'bad_checksum')
    return { wrong: 'the secret has a wrong checksum: a character of it is missing or changed' }
  if (shape === 'other' && !PRINTABLE.test(text))
    return {
      wrong: `the secret must be ${MAX.importedSecretCharsMin} to ${MAX.credentialChars} printable ASCII characters without spaces`,
    }
  const { digest, mask } = storedSecret(new Secret(text), 0)
  return { sha256: digest, mask }
}

async function known(names: Map<string, string>, name: string, find: () => Promise<string>): Promise<string> {
  const found = names.get(name) ?? (await find())
  names.set(name, found)
  return found
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
      doc: 'Whose they are, where the file does not say; whoever calls when absent.',
    },
    { flags: '--workspace <workspace>', doc: 'Where they belong, where the file does not say.' },
    { flags: '--dry-run', doc: 'Only says what would become of each.' },
  ],
  examples: [
    'import litellm.csv --owner gateway --dry-run',
    'import keys.json --format better-auth --output csv > results.csv',
  ],
  shows: true,
  run: importKeys,
}

/** Keys that come in from elsewhere. */
export const IMPORT_COMMANDS: readonly CommandRow[] = [
  { path: ['import'], ...ROW },
  { path: ['keys', 'import'], ...ROW },
]
