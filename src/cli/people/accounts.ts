import type { Latchkey, Page } from '../../../packages/client/src/index.ts'
import {
  type ArgumentRow,
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
import { type Column, type Line, showRecord, showRows } from '../show.ts'
import { printable } from '../text.ts'
import { countIn, limitsIn } from '../values.ts'

/** The differences between the commands of users and of workspaces. */
export interface AccountKind<Item extends { id: string }, Change extends object> {
  /** The first word of the commands. */
  group: 'users' | 'workspaces'
  /** The word for one of them in a sentence. */
  one: 'user' | 'workspace'
  /** The argument that names one. */
  argument: ArgumentRow
  columns: readonly Column<Item>[]
  lines(item: Item): readonly Line[]
  /** The name by which people know it. */
  nameOf(item: Item): string
  options: readonly OptionRow[]
  changeIn(given: Given): Change
  list(client: Latchkey, page: { limit: number; cursor?: string }): Promise<Page<Item>>
  get(client: Latchkey, name: string): Promise<Item>
  update(client: Latchkey, name: string, change: Change): Promise<Item>
  delete(client: Latchkey, id: string): Promise<unknown>
}

/** The commands that users and workspaces have in common. */
export function accountCommands<Item extends { id: string }, Change extends object>(
  kind: AccountKind<Item, Change>,
): { list: CommandRow; get: CommandRow; update: CommandRow; delete: CommandRow } {
  const { group, one } = kind
  return {
    list: {
      path: [group, 'list'],
      summary: `List ${group}, newest first`,
      options: [{ flags: '--limit <count>', doc: 'How many at most; all when absent.' }],
      shows: true,
      async run(context, given) {
        const limit = textOf(given, 'limit')
        const most = limit === undefined ? Number.POSITIVE_INFINITY : countIn('--limit', limit)
        const client = context.client()
        const shower = showRows(context, kind.columns)
        await showPages(context, shower, { most, read: (page) => kind.list(client, page) })
        return undefined
      },
    },
    get: {
      path: [group, 'get'],
      summary: `Show one ${one}`,
      args: [kind.argument],
      shows: true,
      async run(context, given) {
        const item = await kind.get(context.client(), argument(given, 0))
        showRecord(context, item, kind.lines(item))
        return undefined
      },
    },
    update: {
      path: [group, 'update'],
      summary: `Change a ${one}`,
      args: [kind.argument],
      options: kind.options,
      shows: true,
      async run(context, given) {
        const change = kind.changeIn(given)
        if (Object.keys(change).length === 0) throw new UsageError('Say what to change.')
        const item = await kind.update(context.client(), argument(given, 0), change)
        showRecord(context, item, kind.lines(item))
        return undefined
      },
    },
    delete: {
      path: [group, 'delete'],
      summary: `Delete a ${one} that ${one === 'user' ? 'owns' : 'holds'} no keys any more`,
      args: [kind.argument],
      options: [{ flags: '--dry-run', doc: `Only shows ${one === 'user' ? 'who' : 'which'} it would be.` }],
      shows: true,
      async run(context, given) {
        const client = context.client()
        const item = await kind.get(client, argument(given, 0))
        const isDry = isGiven(given, 'dryRun')
        if (!isDry) await kind.delete(client, item.id)
        const done = isDry ? 'Would delete' : 'Deleted'
        context.terminal.err(`${done} the ${one} ${printable(kind.nameOf(item))} (${item.id}).\n`)
        return undefined
      },
    },
  }
}

/** Limits as one text: `5 daily, 20 total`. */
export function limitsText(limits: Readonly<Record<string, string>>): string {
  return Object.entries(limits)
    .map(([window, amount]) => `${amount} ${window}`)
    .join(', ')
}

/** The limits of a new account, from the options. */
export function newLimitsIn(given: Given): { limits?: Record<string, string> } {
  const limits = limitsIn(textsOf(given, 'limit'), { mayBeNone: false })
  return Object.keys(limits).length === 0 ? {} : { limits: limits as Record<string, string> }
}

/** The changes of limits, from the options; null removes a limit. */
export function limitChangesIn(given: Given): { limits?: Record<string, string | null> } {
  const limits = limitsIn(textsOf(given, 'limit'), { mayBeNone: true })
  return Object.keys(limits).length === 0 ? {} : { limits }
}
