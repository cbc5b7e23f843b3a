import { createReadStream } from 'node:fs'
import { type AuditEntry, LatchkeyApiError } from '../../packages/client/src/index.ts'
import { FAULTS } from '../core/ground/faults.ts'
import { argument, CommandError, type CommandRow, type Context, type Given, textOf } from './command.ts'
import { showRows } from './show.ts'
import { printable } from './text.ts'

/** A line that the server has logged about a request (docs/logs.md). */
type LogLine = Record<string, unknown>

/** The explanation of each verdict. */
export const VERDICT_MEANINGS: Readonly<Record<string, string>> = {
  VALID: 'The key may be used.',
  NOT_FOUND: "No usable key has this text: it is unknown, mistyped or revoked, or not the caller's to see.",
  DISABLED: 'The key, or the user whose it is, is disabled.',
  NOT_YET_VALID: 'The key is not valid yet.',
  EXPIRED: 'The key has expired.',
  FORBIDDEN: 'The key may not be used from this address, or its access is "manage".',
  INSUFFICIENT_PERMISSIONS: 'The key lacks a permission that was asked for.',
  RATE_LIMITED: 'A rate limit of the key has no room.',
  BUDGET_EXCEEDED: 'A limit on spending of the key, its owner or its workspace has no room.',
}

/** The maximum number of entries shown; an id with more is shared by many requests. */
const SHOWN_MAX = 100

/** One fact about the request. */
interface Known {
  at: string
  from: 'log' | 'audit'
  says: string
  record: LogLine | AuditEntry
}

const COLUMNS = [
  { head: 'AT', value: ({ at }: Known) => at },
  { head: 'FROM', value: ({ from }: Known) => from },
  { head: 'SAYS', value: ({ says }: Known) => says },
]

async function why(context: Context, given: Given): Promise<number> {
  const requestId = argument(given, 0)
  const log = textOf(given, 'log')
  const lines = log === undefined ? [] : await linesOf(context, log, requestId)
  const entries = await entriesOf(context, requestId, log !== undefined)
  const known = [...lines.map(ofLine), ...entries.map(ofEntry)]
  if (known.length === 0) {
    context.terminal.err(log === undefined ? NOTHING_AUDITED : NOTHING_FOUND)
    return NOTHING
  }
  const shower = showRows<Known>(context, COLUMNS)
  shower.rows(known.toSorted((one, other) => one.at.localeCompare(other.at)))
  shower.end()
  return 0
}

const NOTHING = 1
const NOTHING_AUDITED =
  'The audit log has nothing of this request: it changed nothing, and was not denied for want of rights. Give the log of the server with --log.\n'
const NOTHING_FOUND =
  'Neither the log nor the audit log has anything of this request. LATCHKEY_REQUEST_LOG says which requests have a line; docs/logs.md, which are left out.\n'

/** Reads the entries of the audit log. If the server's log was read as well, a failure to read them is only noted. */
async function entriesOf(context: Context, requestId: string, isExtra: boolean): Promise<AuditEntry[]> {
  try {
    return (await context.client().audit.list({ requestId, limit: SHOWN_MAX }).page()).data
  } catch (error) {
    if (!isExtra) throw error
    const reason = error instanceof LatchkeyApiError ? error.message : 'no server answered'
    context.terminal.err(
      `The audit log could not be read (${printable(reason)}); this is what the log says.\n`,
    )
    return []
  }
}

async function linesOf({ terminal }: Context, path: string, requestId: string): Promise<LogLine[]> {
  const found: LogLine[] = []
  // A line without this text cannot have it as a value.
  const needle = JSON.stringify(requestId)
  for await (const text of path === '-' ? (await terminal.readAll()).split('\n') : fileLines(path)) {
    if (!text.includes(needle)) continue
    const line = parsed(text)
    if (line?.requestId === requestId) found.push(line)
    if (found.length === SHOWN_MAX) break
  }
  return found
}

/** The lines of a file of any size. */
async function* fileLines(path: string): AsyncGenerator<string> {
  let rest = ''
  try {
    for await (const piece of createReadStream(path, 'utf8')) {
      const lines = `${rest}${piece}`.split('\n')
      rest = lines.pop() ?? ''
      yield* lines
    }
  } catch (error) {
    throw new CommandError(
      `${path} cannot be read: ${error instanceof Error ? error.message : String(error)}`,
    )
  }
  yield rest
}

/** The server's line, without the prefix that journalctl, containers and similar programs add. */
function parsed(text: string): LogLine | null {
  try {
    const line: unknown = JSON.parse(text.slice(text.indexOf('{')))
    return typeof line === 'object' && line !== null ? (line as LogLine) : null
  } catch {
    return null
  }
}

function ofLine(record: LogLine): Known {
  const { msg, error } = record
  const { name, message } = (error ?? {}) as Record<string, unknown>
  const says = msg === 'request' ? saidOf(record) : `${msg}: ${name ?? ''} ${message ?? ''}`.trimEnd()
  return { at: String(record.time), from: 'log', says, record }
}

function saidOf({
  method,
  route,
  status,
  ms,
  keyId,
  verdict,
  verifiedKeyId,
  fault,
  clientIp,
}: LogLine): string {
  const by = keyId === null ? '' : `, called with the key ${keyId}`
  const from = clientIp === null ? '' : ` from ${clientIp}`
  const says = [`${method} ${route}${from} was answered ${status} in ${ms} ms${by}.`]
  if (typeof verdict === 'string') {
    const key = verifiedKeyId === undefined ? '' : ` of the key ${verifiedKeyId}`
    says.push(`The verdict${key}: ${verdict}.`, meaningOf(VERDICT_MEANINGS, verdict))
  }
  if (typeof fault === 'string') says.push(`It failed: ${fault}.`, meaningOf(FAULTS, fault))
  return says.filter((each) => each !== '').join(' ')
}

function meaningOf(meanings: Readonly<Record<string, string>>, code: string): string {
  return Object.hasOwn(meanings, code) ? (meanings[code] ?? '') : ''
}

function ofEntry(record: AuditEntry): Known {
  const { at, action, outcome, target, actor, reason } = record
  const what = `${target.kind}${target.id === null ? '' : ` ${target.id}`}`
  const by = actor.keyId === null ? 'the server' : `the key ${actor.keyId}`
  const says = `${action} of ${what} was ${outcome} by ${by}${reason === null ? '' : ` (${reason})`}.`
  return { at, from: 'audit', says, record }
}

/** The command that explains the answer to a request. */
export const WHY_COMMANDS: readonly CommandRow[] = [
  {
    path: ['why'],
    summary: 'Tell why a request was answered as it was, by its X-Request-Id',
    detail:
      'Reads the audit log, which has changes and denied attempts, and with --log the log of the server, which has every refused request. Ends with 1 when nothing is found.',
    args: [{ name: 'request-id', doc: 'The X-Request-Id of the answer; errors have it as requestId.' }],
    options: [{ flags: '--log <file>', doc: 'The log of the server; - for the standard input.' }],
    examples: ['why "$REQUEST_ID" --log latchkey.log', 'why "$REQUEST_ID" --log - < latchkey.log'],
    shows: true,
    run: why,
  },
]
