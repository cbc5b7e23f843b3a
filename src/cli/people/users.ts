import type { CreateUser, UpdateUser, User } from '../../../packages/client/src/index.ts'
import {
  argument,
  type CommandRow,
  type Context,
  type Given,
  isGiven,
  type OptionRow,
  textOf,
  textsOf,
  UsageError,
} from '../command.ts'
import { showPages } from '../pages.ts'
import { showRecord, showRows } from '../show.ts'
import { countIn, limitsIn } from '../values.ts'
import { userIdOf } from './refs.ts'

const USER = { name: 'user', doc: 'An id, username or e-mail address, or me.' } as const

const COLUMNS = [
  { head: 'ID', value: ({ id }: User) => id },
  { head: 'USERNAME', value: ({ username }: User) => username },
  { head: 'ROLE', value: ({ role }: User) => role },
  { head: 'STATUS', value: ({ disabled }: User) => (disabled ? 'disabled' : 'active') },
  { head: 'EMAIL', value: ({ email }: User) => email },
  { head: 'NAME', value: ({ displayName }: User) => displayName },
  { head: 'CREATED', value: ({ createdAt }: User) => createdAt },
]

/** Limits as one text: `5 daily, 20 total`. */
export function limitsText(limits: Readonly<Record<string, string>>): string {
  return Object.entries(limits)
    .map(([window, amount]) => `${amount} ${window}`)
    .join(', ')
}

function userLines(user: User): [string, string][] {
  const lines: [string, string | null][] = [
    ['id', user.id],
    ['username', user.username],
    ['email', user.email],
    ['name', user.displayName],
    ['external id', user.externalId],
    ['role', user.role],
    ['status', user.disabled ? 'disabled' : 'active'],
    ['limits', limitsText(user.limits as Record<string, string>)],
    ['may grant', JSON.stringify(user.policy)],
    ['created', user.createdAt],
    ['revision', String(user.revision)],
  ]
  return lines.filter((line): line is [string, string] => line[1] !== null && line[1] !== '')
}

const MEMBERS: readonly OptionRow[] = [
  { flags: '--email <address>', doc: 'An e-mail address.' },
  { flags: '--name <name>', doc: 'What people call them.' },
  { flags: '--role <role>', doc: 'What they may do.', choices: ['ROOT', 'ADMIN', 'USER', 'SERVICE'] },
  { flags: '--external-id <id>', doc: 'Your own id of them.' },
  {
    flags: '--limit <usd/window>',
    doc: 'What all of their keys may spend together, such as 500/monthly.',
    repeat: true,
  },
]

function membersIn(given: Given, mayBeNone: boolean) {
  const [email, name, role, externalId] = ['email', 'name', 'role', 'externalId'].map((each) =>
    textOf(given, each),
  )
  const limits = limitsIn(textsOf(given, 'limit'), { mayBeNone })
  return {
    ...(email !== undefined && { email }),
    ...(name !== undefined && { displayName: name }),
    ...(role !== undefined && { role: role as 'USER' }),
    ...(externalId !== undefined && { externalId }),
    ...(Object.keys(limits).length > 0 && { limits }),
  }
}

async function change(context: Context, given: Given, body: UpdateUser): Promise<undefined> {
  const client = context.client()
  const user = await client.users.update(await userIdOf(client, argument(given, 0)), body)
  showRecord(context, user, userLines(user))
  return undefined
}

function switching(name: 'disable' | 'enable', summary: string): CommandRow {
  return {
    path: ['users', name],
    summary,
    args: [USER],
    shows: true,
    run: (context, given) => change(context, given, { disabled: name === 'disable' }),
  }
}

/** Whom keys belong to. */
export const USER_COMMANDS: readonly CommandRow[] = [
  {
    path: ['users', 'create'],
    summary: 'Add a user',
    args: [{ name: 'username', doc: 'What they sign with.' }],
    options: MEMBERS,
    examples: ['users create backend --email backend@example.com --role SERVICE'],
    shows: true,
    async run(context, given) {
      const username = argument(given, 0)
      const { email, displayName = username, ...rest } = membersIn(given, false)
      if (email === undefined) throw new UsageError('A user needs --email.')
      const user = await context
        .client()
        .users.create({ username, email, displayName, ...rest } as CreateUser)
      showRecord(context, user, userLines(user))
      return undefined
    },
  },
  {
    path: ['users', 'list'],
    summary: 'List users, newest first',
    options: [{ flags: '--limit <count>', doc: 'How many at most; all when absent.' }],
    shows: true,
    async run(context, given) {
      const limit = textOf(given, 'limit')
      const most = limit === undefined ? Number.POSITIVE_INFINITY : countIn('--limit', limit)
      const { users } = context.client()
      const shower = showRows<User>(context, COLUMNS)
      await showPages(context, shower, { most, read: (page) => users.list(page).page() })
      return undefined
    },
  },
  {
    path: ['users', 'get'],
    summary: 'Show one user',
    args: [USER],
    shows: true,
    async run(context, given) {
      const client = context.client()
      const user = await client.users.get(await userIdOf(client, argument(given, 0)))
      showRecord(context, user, userLines(user))
      return undefined
    },
  },
  {
    path: ['users', 'update'],
    summary: 'Change a user',
    args: [USER],
    options: MEMBERS,
    shows: true,
    run(context, given) {
      const body = membersIn(given, true)
      if (Object.keys(body).length === 0) throw new UsageError('Say what to change.')
      return change(context, given, body as UpdateUser)
    },
  },
  switching('disable', 'Switch a user off, and all of its keys with it'),
  switching('enable', 'Switch a user on again'),
  {
    path: ['users', 'delete'],
    summary: 'Delete a user that owns no keys any more',
    args: [USER],
    options: [{ flags: '--dry-run', doc: 'Only shows who it would be.' }],
    shows: true,
    async run(context, given) {
      const client = context.client()
      const user = await client.users.get(await userIdOf(client, argument(given, 0)))
      const isDry = isGiven(given, 'dryRun')
      if (!isDry) await client.users.delete(user.id)
      context.terminal.err(`${isDry ? 'Would delete' : 'Deleted'} the user ${user.username} (${user.id}).\n`)
      return undefined
    },
  },
]
