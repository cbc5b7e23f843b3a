import type { AuditEntry, AuditQuery } from '../../packages/client/src/index.ts'
import { type CommandRow, type Context, type Given, isGiven, textOf } from './command.ts'
import { showPages } from './pages.ts'
import { userIdOf } from './people/refs.ts'
import { showRows } from './show.ts'
import { jsonText } from './text.ts'
import { countIn, momentBack } from './values.ts'

const COLUMNS = [
  { head: 'AT', value: ({ at }: AuditEntry) => at },
  { head: 'ACTION', value: ({ action }: AuditEntry) => action },
  {
    head: 'OUTCOME',
    value: ({ outcome, count }: AuditEntry) => (count > 1 ? `${outcome} ${count} times` : outcome),
  },
  {
    head: 'TARGET',
    value: ({ target }: AuditEntry) => `${target.kind}${target.id === null ? '' : ` ${target.id}`}`,
  },
  { head: 'BY USER', value: ({ actor }: AuditEntry) => actor.userId ?? 'the server' },
  { head: 'BY KEY', value: ({ actor }: AuditEntry) => actor.keyId ?? '' },
  { head: 'REASON', value: ({ reason }: AuditEntry) => reason ?? '' },
]

const PAGE = 100
const LISTED = 50
const EVERY_MS = 1_000
/** The maximum number of pages read per second while following; further entries are reported as left out. */
const PAGES_MAX = 20

async function auditLog(context: Context, given: Given): Promise<undefined> {
  const query = await queryIn(context, given)
  const shower = showRows<AuditEntry>(context, COLUMNS)
  if (isGiven(given, 'follow')) {
    // An endless JSON list would have no closing bracket, so each entry is a line of its own.
    const lines = (entries: readonly AuditEntry[]) =>
      context.terminal.out(entries.map((entry) => `${jsonText(entry)}\n`).join(''))
    await follow(context, query, context.output === 'json' ? lines : (entries) => shower.rows(entries))
    return undefined
  }
  const { audit } = context.client()
  const most = countIn('--limit', textOf(given, 'limit') ?? `${LISTED}`)
  await showPages(context, shower, { most, read: (page) => audit.list({ ...query, ...page }).page() })
  return undefined
}

/** Shows new entries, oldest first, until somebody stops it. */
async function follow(
  context: Context,
  query: AuditQuery,
  show: (entries: readonly AuditEntry[]) => void,
): Promise<void> {
  const client = context.client()
  let seen = new Set((await client.audit.list({ ...query, limit: PAGE }).page()).data.map(({ id }) => id))
  context.terminal.err('Following the audit log; Ctrl-C ends it.\n')
  while (!(await pause(context.stopping))) {
    const fresh: AuditEntry[] = []
    let cursor: string | undefined
    let known = false
    for (let pages = 0; pages < PAGES_MAX && !known; pages += 1) {
      const page = await client.audit.list({ ...query, limit: PAGE, ...(cursor && { cursor }) }).page()
      const news = page.data.filter(({ id }) => !seen.has(id))
      fresh.push(...news)
      known = news.length < page.data.length || page.nextCursor === null
      cursor = page.nextCursor ?? undefined
    }
    if (fresh.length > 0 && !known)
      context.terminal.err('More happened than can be shown; some entries are left out.\n')
    show(fresh.toReversed())
    seen = new Set([...fresh.map(({ id }) => id), ...seen].slice(0, PAGES_MAX * PAGE))
  }
}

/** Waits for a moment; true when the program must stop. */
function pause(stopping: AbortSignal): Promise<boolean> {
  if (stopping.aborted) return Promise.resolve(true)
  return new Promise((resolve) => {
    const stop = () => {
      clearTimeout(timer)
      resolve(true)
    }
    const timer = setTimeout(() => {
      stopping.removeEventListener('abort', stop)
      resolve(false)
    }, EVERY_MS)
    stopping.addEventListener('abort', stop, { once: true })
  })
}

async function queryIn(context: Context, given: Given): Promise<AuditQuery> {
  const [action, outcome, target, kind, user, from, to] = [
    'action',
    'outcome',
    'target',
    'kind',
    'user',
    'from',
    'to',
  ].map((name) => textOf(given, name))
  const now = context.now()
  return {
    ...(action !== undefined && { action }),
    ...(outcome !== undefined && { outcome: outcome as 'done' }),
    ...(target !== undefined && { targetId: target }),
    ...(kind !== undefined && { targetKind: kind as 'key' }),
    ...(user !== undefined && { actorUserId: await userIdOf(context.client(), user) }),
    ...(from !== undefined && { from: momentBack('--from', from, now) }),
    ...(to !== undefined && { to: momentBack('--to', to, now) }),
  }
}

/** The audit log. */
export const AUDIT_COMMANDS: readonly CommandRow[] = [
  {
    path: ['audit'],
    summary: 'Show changes and denied attempts, newest first',
    options: [
      { flags: '--follow', doc: 'Shows what happens from now on, as it happens.' },
      { flags: '--action <action>', doc: 'Such as key.revoke.' },
      {
        flags: '--outcome <outcome>',
        doc: 'Acts that were done, or attempts that were denied.',
        choices: ['done', 'denied'],
      },
      {
        flags: '--kind <kind>',
        doc: 'The kind of the changed record.',
        choices: ['key', 'user', 'workspace', 'system'],
      },
      { flags: '--target <id>', doc: 'The id of the changed record.' },
      { flags: '--user <user>', doc: 'The user that acted: an id, username or e-mail address, or me.' },
      { flags: '--from <when>', doc: 'Since 7d ago, a date or a time.' },
      { flags: '--to <when>', doc: 'Until then.' },
      { flags: '--limit <count>', doc: `How many at most; ${LISTED} when absent.` },
    ],
    examples: ['audit --from 24h --outcome denied', 'audit --follow --action key.revoke'],
    shows: true,
    run: auditLog,
  },
]
