import type {
  CreateUser,
  Impact,
  Key,
  Latchkey,
  UpdateUser,
  User,
} from '../../../packages/client/src/index.ts'
import { argument, type CommandRow, type Given, type OptionRow, textOf } from '../command.ts'
import { type Line, showRecord } from '../show.ts'
import { printable } from '../text.ts'
import { accountCommands, limitChangesIn, limitsText, newLimitsIn } from './accounts.ts'
import { POLICY_OPTIONS, policyIn, policyLines } from './policy.ts'
import { userIdOf } from './refs.ts'

const USER = { name: 'user', doc: 'An id, username or e-mail address, or me.' } as const

const OPTIONS: readonly OptionRow[] = [
  { flags: '--email <address>', doc: 'An e-mail address; none removes it.' },
  { flags: '--name <name>', doc: 'What people call them.' },
  { flags: '--role <role>', doc: 'Their role.', choices: ['ROOT', 'ADMIN', 'USER', 'SERVICE'] },
  { flags: '--external-id <id>', doc: 'Your own id of them.' },
  {
    flags: '--limit <usd/window>',
    doc: 'What all of their keys may spend together, such as 500/monthly.',
    repeat: true,
  },
  ...POLICY_OPTIONS,
]

function userLines(user: User): readonly Line[] {
  return [
    ['id', user.id],
    ['username', user.username],
    ['email', user.email ?? ''],
    ['name', user.displayName],
    ['external id', user.externalId],
    ['role', user.role],
    ['status', statusOf(user)],
    ['limits', limitsText(user.limits as Record<string, string>)],
    ...policyLines(user.policy),
    ['created', user.createdAt],
    ['revision', String(user.revision)],
  ]
}

function statusOf({ disabled }: User): string {
  return disabled ? 'disabled' : 'active'
}

function membersIn(given: Given) {
  const [email, name, role, externalId] = ['email', 'name', 'role', 'externalId'].map((each) =>
    textOf(given, each),
  )
  return {
    ...(email !== undefined && { email: email === 'none' ? null : email }),
    ...(name !== undefined && { displayName: name }),
    ...(role !== undefined && { role: role as 'USER' }),
    ...(externalId !== undefined && { externalId }),
  }
}

const SHARED = accountCommands<User, UpdateUser>({
  group: 'users',
  one: 'user',
  argument: USER,
  columns: [
    { head: 'ID', value: ({ id }) => id },
    { head: 'USERNAME', value: ({ username }) => username },
    { head: 'ROLE', value: ({ role }) => role },
    { head: 'STATUS', value: statusOf },
    { head: 'EMAIL', value: ({ email }) => email ?? '', isCut: true, spare: 3 },
    { head: 'NAME', value: ({ displayName }) => displayName, isCut: true, spare: 2 },
    { head: 'CREATED', value: ({ createdAt }) => createdAt, spare: 1 },
  ],
  lines: userLines,
  nameOf: ({ username }) => username,
  options: OPTIONS,
  changeIn: (given) => ({
    ...membersIn(given),
    ...limitChangesIn(given),
    ...policyIn(given, { mayBeNone: true }),
  }),
  list: ({ users }, page) => users.list(page).page(),
  get: async (client, name) => client.users.get(await userIdOf(client, name)),
  update: async (client, name, change) => client.users.update(await userIdOf(client, name), change),
  delete: ({ users }, id) => users.delete(id),
})

const ENABLE: CommandRow = {
  path: ['users', 'enable'],
  summary: 'Switch a user on again',
  args: [USER],
  shows: true,
  async run(context, given) {
    const client = context.client()
    const user = await client.users.update(await userIdOf(client, argument(given, 0)), { disabled: false })
    showRecord(context, user, userLines(user))
    return undefined
  },
}

const DISABLE: CommandRow = {
  path: ['users', 'disable'],
  summary: 'Switch a user off, and all of its keys with it',
  detail:
    'Tells first which keys stop. With --hand-over-to another user gets the keys, and none of them stops; if one cannot be handed over, nothing is switched off. Whoever knows the secret of a key can go on using it: the command names the keys that manage.',
  args: [USER],
  options: [
    { flags: '--hand-over-to <user>', doc: 'Who gets its keys: an id, username or e-mail address.' },
    { flags: '--dry-run', doc: 'Only tells which keys would stop.' },
  ],
  examples: ['users disable ada --dry-run', 'users disable ada --hand-over-to bob'],
  shows: true,
  async run(context, given) {
    const client = context.client()
    const id = await userIdOf(client, argument(given, 0))
    const heir = textOf(given, 'handOverTo')
    const impact = await client.users.impact(id)
    const isDry = given.options.dryRun === true
    context.terminal.err(impactText(impact, { isDry, isMoved: heir !== undefined }))
    if (heir !== undefined) context.terminal.err(knownText(await managingKeys(client, id)))
    const user = isDry
      ? await client.users.get(id)
      : await client.users.update(id, {
          disabled: true,
          ...(heir !== undefined && { handOverTo: await userIdOf(client, heir) }),
        })
    showRecord(context, user, userLines(user))
    return undefined
  },
}

const NAMED = 10

function impactText(
  { keys, usedRecently, hasMore, data }: Impact,
  { isDry, isMoved }: { isDry: boolean; isMoved: boolean },
): string {
  if (keys === 0) return 'None of its keys works now, so nothing stops.\n'
  const count = `${hasMore ? 'More than ' : ''}${keys} ${keys === 1 ? 'key' : 'keys'}`
  const isOne = keys === 1 && !hasMore && !isDry
  const verb = isMoved ? `get${isOne ? 's' : ''} another owner` : `stop${isOne ? 's' : ''}`
  const told = `${count} ${isDry ? 'would ' : ''}${verb}, ${usedRecently} of them used in the last 30 days:\n`
  return told + namedText(data, keys)
}

/** The managing keys of a user that work, of each access one page. */
async function managingKeys(client: Latchkey, ownerId: string): Promise<readonly Key[]> {
  const pages = (['manage', 'full'] as const).map((access) =>
    client.keys.list({ ownerId, access, status: 'active', limit: 100 }).page(),
  )
  return (await Promise.all(pages)).flatMap(({ data }) => data)
}

/** The warning for keys that manage, and that the user who leaves can still use. */
function knownText(keys: readonly Key[]): string {
  if (keys.length === 0) return ''
  const told =
    'The user may know the secrets of these managing keys, and could act with them as their new owner. '
  return `${told}Rotate or revoke them:\n${namedText(keys, keys.length)}`
}

function namedText(keys: readonly Pick<Key, 'id' | 'name' | 'mask' | 'lastUsedAt'>[], count: number): string {
  const lines = keys
    .slice(0, NAMED)
    .map(
      ({ id, name, mask, lastUsedAt }) =>
        `  ${id}  ${printable(name || mask)}  last used ${lastUsedAt ?? 'never'}\n`,
    )
  return lines.join('') + (count > NAMED ? '  ...\n' : '')
}

/** The commands for users. */
export const USER_COMMANDS: readonly CommandRow[] = [
  {
    path: ['users', 'create'],
    summary: 'Add a user',
    args: [{ name: 'username', doc: 'Their unique name.' }],
    options: OPTIONS,
    examples: [
      'users create backend --role SERVICE',
      'users create ada --email ada@example.com --name "Ada Lovelace"',
      'users create bob --may-grant "documents.*" --key-limit 100/monthly --key-lifetime 90d',
    ],
    shows: true,
    async run(context, given) {
      const username = argument(given, 0)
      const { displayName = username, ...rest } = membersIn(given)
      const body: CreateUser = {
        username,
        displayName,
        ...rest,
        ...newLimitsIn(given),
        ...policyIn(given, { mayBeNone: false }),
      }
      const user = await context.client().users.create(body)
      showRecord(context, user, userLines(user))
      return undefined
    },
  },
  SHARED.list,
  SHARED.get,
  SHARED.update,
  DISABLE,
  ENABLE,
  SHARED.delete,
]
