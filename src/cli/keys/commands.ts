import type { Key, KeyQuery } from '../../../packages/client/src/index.ts'
import {
  argument,
  type CommandRow,
  type Context,
  type Given,
  type OptionRow,
  textOf,
  textsOf,
  UsageError,
} from '../command.ts'
import { showPages } from '../pages.ts'
import { userIdOf } from '../people/refs.ts'
import { showRecord, showRows } from '../show.ts'
import { countIn, labelsIn, momentAhead, momentBack } from '../values.ts'
import { KEY_COLUMNS, keyLines } from './columns.ts'
import { changeOf, MEMBER_OPTIONS, newKeyOf } from './members.ts'
import { KEY, keyRefOf } from './refs.ts'
import { showSecret } from './secret.ts'

/** The options that filter a list of keys. */
export const FILTER_OPTIONS: readonly OptionRow[] = [
  { flags: '--owner <user>', doc: 'An id, username or e-mail address, or me.' },
  { flags: '--workspace <workspace>', doc: 'An id or slug.' },
  {
    flags: '--status <status>',
    doc: 'Revoked keys are shown only when asked for.',
    choices: ['active', 'disabled', 'expired', 'not_yet_valid', 'revoked'],
  },
  { flags: '--access <access>', doc: 'Their access.', choices: ['use', 'manage', 'full'] },
  { flags: '--end-user <id>', doc: 'Your own id of whom they are for.' },
  { flags: '--label <name=value>', doc: 'A label that they have.', repeat: true },
  { flags: '--search <words>', doc: 'Words of the name, or the mask.' },
  { flags: '--unused-for <duration>', doc: 'Not used for this long, such as 90d, or since a date.' },
  { flags: '--expires-before <when>', doc: 'Within 7d, or before a date.' },
]

/** The filter that the options name. */
export async function filterIn(
  context: Context,
  given: Given,
): Promise<Omit<KeyQuery, 'limit' | 'cursor' | 'label'> & { labels: Record<string, string> }> {
  const [owner, workspace] = [textOf(given, 'owner'), textOf(given, 'workspace')]
  const [unused, expires] = [textOf(given, 'unusedFor'), textOf(given, 'expiresBefore')]
  const before = expires === undefined ? undefined : momentAhead('--expires-before', expires, context.now())
  if (before === null) throw new UsageError('--expires-before takes a moment.')
  const client = context.client()
  const [status, access, search, endUser] = ['status', 'access', 'search', 'endUser'].map((each) =>
    textOf(given, each),
  )
  return {
    ...(owner !== undefined && { ownerId: await userIdOf(client, owner, { workspace }) }),
    ...(workspace !== undefined && { workspaceId: (await client.workspaces.get(workspace)).id }),
    ...(status !== undefined && { status: status as 'active' }),
    ...(access !== undefined && { access: access as 'use' }),
    ...(search !== undefined && { search }),
    ...(endUser !== undefined && { externalUserId: endUser }),
    ...(unused !== undefined && { unusedSince: momentBack('--unused-for', unused, context.now()) }),
    ...(before !== undefined && { expiresBefore: before }),
    labels: labelsIn(textsOf(given, 'label')),
  }
}

const LISTED = 50

async function listKeys(context: Context, given: Given): Promise<void> {
  const { labels, ...filter } = await filterIn(context, given)
  const label = Object.entries(labels).map(([name, value]) => `${name}:${value}`)
  const sort = textOf(given, 'sort') as KeyQuery['sort']
  const most =
    given.options.all === true
      ? Number.POSITIVE_INFINITY
      : countIn('--limit', textOf(given, 'limit') ?? `${LISTED}`)
  const query = { ...filter, ...(label.length > 0 && { label }), ...(sort && { sort }) }
  const { keys } = context.client()
  const isMore = await showPages(context, showRows<Key>(context, KEY_COLUMNS), {
    most,
    read: (page) => keys.list({ ...query, ...page }).page(),
  })
  if (isMore) context.terminal.err('There are more. --limit N shows more of them, --all shows all.\n')
}

/** The commands that create, list, read and change keys. */
export const KEY_COMMANDS: readonly CommandRow[] = [
  {
    path: ['keys', 'create'],
    summary: 'Make a key; its secret goes to the standard output, alone',
    detail:
      'The secret is shown this once. Everything else is told on the error output, so that KEY=$(latchkey keys create) works.',
    options: [
      ...MEMBER_OPTIONS,
      { flags: '--owner <user>', doc: 'An id, username or e-mail address; the caller when absent.' },
      { flags: '--workspace <workspace>', doc: 'An id or slug; the default workspace when absent.' },
      { flags: '--id <uuid>', doc: 'Chosen by you; minted when absent.' },
      { flags: '--disabled', doc: 'Made switched off.' },
    ],
    examples: [
      'keys create --name "billing service" --permission "documents.*" --limit 5/daily --expires 30d --rate 100/1m',
      'keys create --name backend --owner backend --access manage --label env=production',
    ],
    shows: true,
    async run(context, given) {
      const client = context.client()
      const id = textOf(given, 'id')
      const body = { ...(await newKeyOf(context, given, client)), ...(id !== undefined && { id }) }
      const made = await client.keys.create(
        given.options.disabled === true ? { ...body, disabled: true } : body,
      )
      showSecret(context, made, `Made the key ${made.key.id}.`)
      return undefined
    },
  },
  {
    path: ['keys', 'list'],
    summary: 'List keys',
    options: [
      ...FILTER_OPTIONS,
      {
        flags: '--sort <order>',
        doc: 'createdAt when absent.',
        choices: ['createdAt', 'lastUsedAt', 'expiresAt', 'spent'],
      },
      { flags: '--limit <count>', doc: `How many at most; ${LISTED} when absent.` },
      { flags: '--all', doc: 'All of them, page by page.' },
    ],
    examples: ['keys list --unused-for 90d', 'keys list --label env=production --all --output csv'],
    shows: true,
    async run(context, given) {
      await listKeys(context, given)
      return undefined
    },
  },
  {
    path: ['keys', 'get'],
    summary: 'Show one key',
    args: [KEY],
    shows: true,
    async run(context, given) {
      const client = context.client()
      const key = await client.keys.get(await keyRefOf(client, argument(given, 0)))
      showRecord(context, key, keyLines(key))
      return undefined
    },
  },
  {
    path: ['keys', 'update'],
    summary: 'Change a key',
    detail:
      'Members without an option do not change. Permissions, rates and addresses are replaced as a whole; labels and limits one by one.',
    args: [KEY],
    options: [
      ...MEMBER_OPTIONS,
      { flags: '--owner <user>', doc: 'Its new owner: an id, username or e-mail address.' },
      { flags: '--remove-label <name>', doc: 'A label to take away.', repeat: true },
      { flags: '--if-revision <number>', doc: 'Only if the record still has this revision.' },
    ],
    examples: [
      'keys update 019aab62-7c00-7b3c-8e1f-5a7c1f1b2d3e --limit 20/daily --limit none/total --expires never',
      'keys update 019aab62-7c00-7b3c-8e1f-5a7c1f1b2d3e --owner bob',
    ],
    shows: true,
    async run(context, given) {
      const client = context.client()
      const change = await changeOf(context, given, client)
      if (Object.keys(change).length === 0) throw new UsageError('Say what to change.')
      const revision = textOf(given, 'ifRevision')
      const options = revision === undefined ? {} : { ifRevision: countIn('--if-revision', revision) }
      const ref = await keyRefOf(client, argument(given, 0))
      const key = await client.keys.update(ref, change, options)
      showRecord(context, key, keyLines(key))
      return undefined
    },
  },
]
