import type { KeysRevoked } from '../../../packages/client/src/index.ts'
import {
  argument,
  type CommandRow,
  type Context,
  type Given,
  isGiven,
  textOf,
  UsageError,
} from '../command.ts'
import { startProgress } from '../progress.ts'
import { type Column, showRecord, showRows } from '../show.ts'
import { keyLines } from './columns.ts'
import { FILTER_OPTIONS, filterIn } from './commands.ts'
import { KEY, keyRefOf } from './refs.ts'
import { showSecret } from './secret.ts'

type Outcome = KeysRevoked['results'][number]

function outcomeColumns(dryRun: boolean): Column<Outcome>[] {
  return [
    { head: 'KEY', value: ({ key }) => key },
    { head: 'STATUS', value: ({ status }) => (dryRun && status === 'revoked' ? 'would be revoked' : status) },
    { head: 'REVISION', value: ({ receipt }) => String(receipt?.revision ?? ''), spare: 1 },
    { head: 'AT', value: ({ receipt }) => receipt?.effective.at ?? '', spare: 2 },
    { head: 'DETAIL', value: ({ detail }) => detail ?? '' },
  ]
}

/** The command that disables or enables a key. */
function enabledCommand(name: 'disable' | 'enable', summary: string): CommandRow {
  return {
    path: ['keys', name],
    summary,
    args: [KEY],
    shows: true,
    async run(context, given) {
      const client = context.client()
      const ref = await keyRefOf(client, argument(given, 0))
      const key = await client.keys.update(ref, { disabled: name === 'disable' })
      showRecord(context, key, keyLines(key))
      return undefined
    },
  }
}

async function revoke(context: Context, given: Given): Promise<number> {
  const ids = given.args
  const { labels, ...rest } = await filterIn(context, given)
  const filter = { ...rest, ...(Object.keys(labels).length > 0 && { labels }) }
  const isFiltered = Object.keys(filter).length > 0
  if (ids.length > 0 === isFiltered)
    throw new UsageError('Name the keys, or give options that say which: one of the two.')
  const dryRun = isGiven(given, 'dryRun')
  const reason = textOf(given, 'reason')
  if (isFiltered && !dryRun && !isGiven(given, 'yes') && !(await isConfirmed(context, filter)))
    throw new UsageError('Nothing was revoked. --dry-run shows which keys it would be, --yes revokes them.')
  const order = { dryRun, ...(reason !== undefined && { reason }) }
  const total = { revoked: 0, alreadyRevoked: 0, skipped: 0, failed: 0 }
  const shower = showRows<Outcome>(context, outcomeColumns(dryRun))
  const progress = startProgress(context.terminal, {
    what: 'Revoking',
    total: isFiltered ? null : ids.length,
    now: context.now,
  })
  let done = 0
  let effective: KeysRevoked['effective'] = null
  for await (const answer of answersOf(context, isFiltered ? { filter } : { ids }, order)) {
    done += answer.results.length
    for (const name of Object.keys(total) as (keyof typeof total)[]) total[name] += answer[name]
    effective = answer.effective ?? effective
    progress.end()
    shower.rows(answer.results)
    progress.to(done)
  }
  progress.end()
  shower.end()
  context.terminal.err(`${summaryOf(total, { dryRun, effective })}\n`)
  return total.failed > 0 ? 1 : 0
}

const AT_ONCE = 1_000

async function* answersOf(
  { client, stopping }: Context,
  which: { ids: readonly string[] } | { filter: object },
  order: { dryRun: boolean; reason?: string },
): AsyncGenerator<KeysRevoked> {
  if ('ids' in which) {
    for (let from = 0; from < which.ids.length && !stopping.aborted; from += AT_ONCE)
      yield await client().keys.revokeMany({ ids: which.ids.slice(from, from + AT_ONCE), ...order })
    return
  }
  let cursor: string | null = null
  do {
    const answer: KeysRevoked = await client().keys.revokeMany({
      ...which,
      ...order,
      ...(cursor !== null && { cursor }),
    })
    yield answer
    cursor = answer.nextCursor
  } while (cursor !== null && !stopping.aborted)
}

/** Shows a person the number of keys and asks for confirmation; without a person the answer is no. */
async function isConfirmed({ client, terminal }: Context, filter: object): Promise<boolean> {
  if (!terminal.isInTty || !terminal.isErrTty) return false
  const { revoked, nextCursor } = await client().keys.revokeMany({ filter, dryRun: true })
  const count = nextCursor === null ? `${revoked}` : `more than ${revoked}`
  const answer = await terminal.ask(`This ends ${count} keys for good. Type "revoke" to do it: `)
  return answer === 'revoke'
}

function summaryOf(
  total: { revoked: number; alreadyRevoked: number; skipped: number; failed: number },
  { dryRun, effective }: { dryRun: boolean; effective: KeysRevoked['effective'] },
): string {
  const { revoked, alreadyRevoked, skipped, failed } = total
  const rest = `${alreadyRevoked} revoked before, ${skipped} skipped, ${failed} failed.`
  if (dryRun) return `Would revoke ${revoked}; ${rest} Nothing was changed.`
  const dead =
    effective === null ? '' : ` Dead on ${effective.nodes} of ${effective.nodes} nodes at ${effective.at}.`
  return `Revoked ${revoked}; ${rest}${dead}`
}

async function wouldRotate(
  { client, terminal }: Context,
  ref: string,
  overlap: string | undefined,
): Promise<undefined> {
  const { id, mask } = await client().keys.get(ref)
  const until = overlap === undefined ? 'would be dead at once' : `would work for another ${overlap}`
  terminal.err(`Would rotate ${id}; its secret ${mask} ${until}. Nothing was changed.\n`)
  return undefined
}

/** The commands that rotate, disable, enable and revoke keys. */
export const LIFE_COMMANDS: readonly CommandRow[] = [
  {
    path: ['keys', 'rotate'],
    summary: 'Give a key a new secret, which goes to the standard output, alone',
    args: [KEY],
    options: [
      {
        flags: '--overlap <duration>',
        doc: 'How long the old secret goes on working, such as 24h; not at all when absent.',
      },
      { flags: '--dry-run', doc: 'Only shows which key and which secret it would be.' },
    ],
    examples: [
      'keys rotate 019aab62-7c00-7b3c-8e1f-5a7c1f1b2d3e --overlap 24h',
      'keys rotate self > root-key.txt',
    ],
    shows: true,
    async run(context, given) {
      const overlap = textOf(given, 'overlap')
      const client = context.client()
      const ref = await keyRefOf(client, argument(given, 0))
      if (isGiven(given, 'dryRun')) return wouldRotate(context, ref, overlap)
      const made = await client.keys.rotate(ref, overlap === undefined ? {} : { overlap })
      const until = made.key.secrets[1]?.expiresAt
      showSecret(
        context,
        made,
        `Rotated ${made.key.id}; the old secret ${until ? `works until ${until}` : 'is dead'}.`,
      )
      return undefined
    },
  },
  enabledCommand('disable', 'Switch a key off; it can be switched on again'),
  enabledCommand('enable', 'Switch a key on again'),
  {
    path: ['keys', 'revoke'],
    summary: 'End keys for good: the named ones, or all that the options find',
    detail:
      'When it ends, no node accepts them. What options find is revoked only with --yes, or after a person has typed the word. A key that is changed or used meanwhile, and the one that makes the call, is skipped.',
    args: [{ name: 'keys', doc: 'Ids or hashes.', optional: true, many: true }],
    options: [
      ...FILTER_OPTIONS,
      { flags: '--reason <text>', doc: 'Kept with the keys and in the audit log.' },
      { flags: '--dry-run', doc: 'Only shows what would become of each.' },
      { flags: '--yes', doc: 'Does not ask.' },
    ],
    examples: [
      'keys revoke 019aab62-7c00-7b3c-8e1f-5a7c1f1b2d3e --reason leaked',
      'keys revoke --label env=staging --unused-for 90d --dry-run',
    ],
    shows: true,
    run: revoke,
  },
]
