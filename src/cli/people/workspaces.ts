import type { Member, UpdateWorkspace, Workspace } from '../../../packages/client/src/index.ts'
import {
  argument,
  type CommandRow,
  type Given,
  isGiven,
  type OptionRow,
  textOf,
  UsageError,
} from '../command.ts'
import { showPages } from '../pages.ts'
import { type Line, showRecord, showRows } from '../show.ts'
import { accountCommands, limitChangesIn, limitsText, newLimitsIn } from './accounts.ts'
import { userIdOf } from './refs.ts'

const WORKSPACE = { name: 'workspace', doc: 'An id or slug.' } as const
const USER = { name: 'user', doc: 'An id, username or e-mail address.' } as const

const OPTIONS: readonly OptionRow[] = [
  { flags: '--name <name>', doc: 'What people call it.' },
  { flags: '--description <text>', doc: 'Its purpose, for people.' },
  {
    flags: '--limit <usd/window>',
    doc: 'What all keys in it may spend together, such as 500/monthly.',
    repeat: true,
  },
]

function linesOf(workspace: Workspace): readonly Line[] {
  return [
    ['id', workspace.id],
    ['slug', workspace.slug],
    ['name', workspace.name],
    ['description', workspace.description],
    ['limits', limitsText(workspace.limits as Record<string, string>)],
    ['created', workspace.createdAt],
    ['revision', String(workspace.revision)],
  ]
}

function membersIn(given: Given) {
  const [name, description] = ['name', 'description'].map((each) => textOf(given, each))
  return {
    ...(name !== undefined && { name }),
    ...(description !== undefined && { description }),
  }
}

const SHARED = accountCommands<Workspace, UpdateWorkspace>({
  group: 'workspaces',
  one: 'workspace',
  argument: WORKSPACE,
  columns: [
    { head: 'ID', value: ({ id }) => id },
    { head: 'SLUG', value: ({ slug }) => slug },
    { head: 'NAME', value: ({ name }) => name, isCut: true, spare: 3 },
    { head: 'LIMITS', value: ({ limits }) => limitsText(limits as Record<string, string>), spare: 2 },
    { head: 'CREATED', value: ({ createdAt }) => createdAt, spare: 1 },
  ],
  lines: linesOf,
  nameOf: ({ slug }) => slug,
  options: OPTIONS,
  changeIn: (given) => ({ ...membersIn(given), ...limitChangesIn(given) }),
  list: ({ workspaces }, page) => workspaces.list(page).page(),
  get: ({ workspaces }, name) => workspaces.get(name),
  update: ({ workspaces }, name, change) => workspaces.update(name, change),
  delete: ({ workspaces }, id) => workspaces.delete(id),
})

const MEMBER_COLUMNS = [
  { head: 'USER', value: ({ userId }: Member) => userId },
  { head: 'USERNAME', value: ({ username }: Member) => username },
  { head: 'NAME', value: ({ displayName }: Member) => displayName, isCut: true as const, spare: 2 },
  { head: 'STANDING', value: ({ standing }: Member) => standing },
  { head: 'SINCE', value: ({ joinedAt }: Member) => joinedAt, spare: 1 },
]

/** The commands for workspaces and their members. */
export const WORKSPACE_COMMANDS: readonly CommandRow[] = [
  {
    path: ['workspaces', 'create'],
    summary: 'Add a workspace',
    args: [{ name: 'slug', doc: 'Its short name, such as team-a.' }],
    options: OPTIONS,
    examples: ['workspaces create team-a --name "Team A" --limit 500/monthly'],
    shows: true,
    async run(context, given) {
      const slug = argument(given, 0)
      const { name = slug, ...rest } = membersIn(given)
      const body = { slug, name, ...rest, ...newLimitsIn(given) }
      const workspace = await context.client().workspaces.create(body)
      showRecord(context, workspace, linesOf(workspace))
      return undefined
    },
  },
  SHARED.list,
  SHARED.get,
  SHARED.update,
  SHARED.delete,
  {
    path: ['workspaces', 'members'],
    summary: 'List who belongs to a workspace',
    args: [WORKSPACE],
    shows: true,
    async run(context, given) {
      const { members } = context.client().workspaces
      const name = argument(given, 0)
      await showPages(context, showRows<Member>(context, MEMBER_COLUMNS), {
        most: Number.POSITIVE_INFINITY,
        read: (page) => members.list(name, page).page(),
      })
      return undefined
    },
  },
  {
    path: ['workspaces', 'add-member'],
    summary: 'Add a member to a workspace, or change its standing there',
    detail: 'A member that is there already keeps its standing unless one is named.',
    args: [WORKSPACE, USER],
    options: [
      { flags: '--manager', doc: 'The same as --standing manager.' },
      {
        flags: '--standing <standing>',
        doc: 'A manager also manages the keys of the other members there.',
        choices: ['member', 'manager'],
      },
    ],
    examples: ['workspaces add-member team-a ada --standing manager'],
    async run(context, given) {
      const client = context.client()
      const userId = await userIdOf(client, argument(given, 1))
      const named = textOf(given, 'standing') as Member['standing'] | undefined
      if (isGiven(given, 'manager') && named === 'member')
        throw new UsageError('--manager and --standing member contradict each other.')
      const standing = isGiven(given, 'manager') ? 'manager' : named
      const body = { userId, ...(standing !== undefined && { standing }) }
      const member = await client.workspaces.members.add(argument(given, 0), body)
      context.terminal.err(`${member.username} is a ${member.standing} of the workspace.\n`)
      return undefined
    },
  },
  {
    path: ['workspaces', 'remove-member'],
    summary: 'Remove a member from a workspace',
    args: [WORKSPACE, USER],
    async run(context, given) {
      const client = context.client()
      await client.workspaces.members.remove(argument(given, 0), await userIdOf(client, argument(given, 1)))
      context.terminal.err('Removed.\n')
      return undefined
    },
  },
]
