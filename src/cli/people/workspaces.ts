import type { UpdateWorkspace, Workspace } from '../../../packages/client/src/index.ts'
import {
  argument,
  type CommandRow,
  type Given,
  isGiven,
  type OptionRow,
  textOf,
  textsOf,
  UsageError,
} from '../command.ts'
import { showPages } from '../pages.ts'
import { showRecord, showRows } from '../show.ts'
import { limitsIn } from '../values.ts'
import { userIdOf } from './refs.ts'
import { limitsText } from './users.ts'

const WORKSPACE = { name: 'workspace', doc: 'An id or slug.' } as const

const COLUMNS = [
  { head: 'ID', value: ({ id }: Workspace) => id },
  { head: 'SLUG', value: ({ slug }: Workspace) => slug },
  { head: 'NAME', value: ({ name }: Workspace) => name },
  { head: 'LIMITS', value: ({ limits }: Workspace) => limitsText(limits as Record<string, string>) },
  { head: 'CREATED', value: ({ createdAt }: Workspace) => createdAt },
]

function linesOf(workspace: Workspace): [string, string][] {
  const lines: [string, string | null][] = [
    ['id', workspace.id],
    ['slug', workspace.slug],
    ['name', workspace.name],
    ['description', workspace.description],
    ['limits', limitsText(workspace.limits as Record<string, string>)],
    ['created', workspace.createdAt],
    ['revision', String(workspace.revision)],
  ]
  return lines.filter((line): line is [string, string] => line[1] !== null && line[1] !== '')
}

const MEMBERS: readonly OptionRow[] = [
  { flags: '--name <name>', doc: 'What people call it.' },
  { flags: '--description <text>', doc: 'What it is for.' },
  {
    flags: '--limit <usd/window>',
    doc: 'What all keys in it may spend together, such as 500/monthly.',
    repeat: true,
  },
]

function membersIn(given: Given, mayBeNone: boolean) {
  const [name, description] = ['name', 'description'].map((each) => textOf(given, each))
  const limits = limitsIn(textsOf(given, 'limit'), { mayBeNone })
  return {
    ...(name !== undefined && { name }),
    ...(description !== undefined && { description }),
    ...(Object.keys(limits).length > 0 && { limits }),
  }
}

/** What keys are grouped in, and who belongs to it. */
export const WORKSPACE_COMMANDS: readonly CommandRow[] = [
  {
    path: ['workspaces', 'create'],
    summary: 'Add a workspace',
    args: [{ name: 'slug', doc: 'Its short name, such as team-a.' }],
    options: MEMBERS,
    examples: ['workspaces create team-a --name "Team A" --limit 500/monthly'],
    shows: true,
    async run(context, given) {
      const slug = argument(given, 0)
      const { name = slug, limits, ...rest } = membersIn(given, false)
      const body = { slug, name, ...rest, ...(limits && { limits: limits as Record<string, string> }) }
      const workspace = await context.client().workspaces.create(body)
      showRecord(context, workspace, linesOf(workspace))
      return undefined
    },
  },
  {
    path: ['workspaces', 'list'],
    summary: 'List workspaces, newest first',
    shows: true,
    async run(context) {
      const { workspaces } = context.client()
      const shower = showRows<Workspace>(context, COLUMNS)
      await showPages(context, shower, {
        most: Number.POSITIVE_INFINITY,
        read: (page) => workspaces.list(page).page(),
      })
      return undefined
    },
  },
  {
    path: ['workspaces', 'get'],
    summary: 'Show one workspace',
    args: [WORKSPACE],
    shows: true,
    async run(context, given) {
      const workspace = await context.client().workspaces.get(argument(given, 0))
      showRecord(context, workspace, linesOf(workspace))
      return undefined
    },
  },
  {
    path: ['workspaces', 'update'],
    summary: 'Change a workspace',
    args: [WORKSPACE],
    options: MEMBERS,
    shows: true,
    async run(context, given) {
      const body = membersIn(given, true)
      if (Object.keys(body).length === 0) throw new UsageError('Say what to change.')
      const workspace = await context.client().workspaces.update(argument(given, 0), body as UpdateWorkspace)
      showRecord(context, workspace, linesOf(workspace))
      return undefined
    },
  },
  {
    path: ['workspaces', 'delete'],
    summary: 'Delete a workspace that holds no keys any more',
    args: [WORKSPACE],
    options: [{ flags: '--dry-run', doc: 'Only shows which it would be.' }],
    shows: true,
    async run(context, given) {
      const client = context.client()
      const { id, slug } = await client.workspaces.get(argument(given, 0))
      const isDry = isGiven(given, 'dryRun')
      if (!isDry) await client.workspaces.delete(id)
      context.terminal.err(`${isDry ? 'Would delete' : 'Deleted'} the workspace ${slug} (${id}).\n`)
      return undefined
    },
  },
  {
    path: ['workspaces', 'add-member'],
    summary: 'Let a user into a workspace',
    args: [WORKSPACE, { name: 'user', doc: 'An id, username or e-mail address.' }],
    async run(context, given) {
      const client = context.client()
      const userId = await userIdOf(client, argument(given, 1))
      await client.workspaces.members.add(argument(given, 0), { userId })
      context.terminal.err('Added.\n')
      return undefined
    },
  },
  {
    path: ['workspaces', 'remove-member'],
    summary: 'Take a user out of a workspace',
    args: [WORKSPACE, { name: 'user', doc: 'An id, username or e-mail address.' }],
    async run(context, given) {
      const client = context.client()
      await client.workspaces.members.remove(argument(given, 0), await userIdOf(client, argument(given, 1)))
      context.terminal.err('Removed.\n')
      return undefined
    },
  },
]
