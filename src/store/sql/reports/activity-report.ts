import { sql } from 'kysely'
import type { Instant } from '../../../core/ground/clock.ts'
import { inputFault } from '../../../core/ground/faults.ts'
import { ACTIVITY_NAMES, TOKEN_COUNTS } from '../../../core/metering/activity.ts'
import type {
  ActivityQuery,
  ActivityRow,
  UsageReportQuery,
  UsageReportRow,
} from '../../../core/metering/reports.ts'
import { windowEnd, windowStart } from '../../../core/money/windows.ts'
import type { WorkspaceId } from '../../../core/types.ts'
import { type SqlDatabase, snapshot, type Trx } from '../base/database.ts'
import { integer } from '../base/rows.ts'
import { readExactSum } from '../ledger/exact-sums.ts'
import { requireManager } from '../people/sight.ts'
import { addedUp } from './added-up.ts'
import { boundsOf, groupedRows } from './grouped-sums.ts'
import { accountsOf } from './report-accounts.ts'

/** See `LedgerStore.activityReport`. */
export function activityReport(db: SqlDatabase, query: ActivityQuery): Promise<ActivityRow[]> {
  return snapshot(db, async (trx) => {
    await requireManager(trx, query)
    const { byWorkspace, ...rest } = query
    const asked: UsageReportQuery = {
      ...rest,
      interval: 'day',
      groupBy: byWorkspace ? [{ kind: 'workspace' }] : [],
    }
    const wholes = await groupedRows(db, trx, asked)
    const named = wholes.length === 0 ? [] : await namedRows(db, trx, asked)
    const rows = completed(wholes, named)
    if (rows.length > query.rowsMax || named.length > query.rowsMax || wholes.length > query.rowsMax) {
      throw inputFault(
        ['from'],
        `There are more than ${query.rowsMax} rows. Ask for one day, one key or one workspace.`,
      )
    }
    return rows
  })
}

/** The stored rows with names, at most one more than is allowed. Days are looked up one by one, and in each day the accounts. */
async function namedRows(db: SqlDatabase, trx: Trx, query: UsageReportQuery): Promise<ActivityRow[]> {
  const days = sql.join(daysOf(query).map((day) => sql`cast(${integer(day)} as bigint)`))
  const accounts = await accountsOf(db, trx, {
    query,
    table: 'activity',
    which: (sums) => [sql`${sums}.start in (${days})`],
  })
  const { sums, groups } = accounts
  const names = ACTIVITY_NAMES.map((name) => [name, sql`${sums}.${sql.ref(name)}`] as const)
  const rows = await addedUp<ToldRow>(db, trx, {
    accounts,
    by: [['start', sql`${sums}.start`], ...names, ['grp', groups[0] ?? sql`cast(null as text)`]],
    sums: SUMS,
    ...boundsOf(query),
  })
  return rows.map(readRow)
}

const SUMS = ['amount', 'byok_amount', 'requests', ...TOKEN_COUNTS] as const

function daysOf({ from, to }: UsageReportQuery): Instant[] {
  const days: Instant[] = []
  for (let day: Instant | null = windowStart('daily', from); day !== null && day < to; ) {
    days.push(day)
    day = windowEnd('daily', day)
  }
  return days
}

/** The rows, with the rest of the day's sums in the rows without names, which come first in their day. */
function completed(wholes: readonly UsageReportRow[], named: readonly ActivityRow[]): ActivityRow[] {
  const byPlace = Map.groupBy(named, (row) => placeName(row.start, row.workspaceId))
  const byDay = Map.groupBy(named, ({ start }) => start)
  return [...Map.groupBy(wholes, ({ start }) => start)].flatMap(([start, ofDay]) => [
    ...ofDay.flatMap((whole) => {
      const workspaceId = (whole.groups[0] ?? null) as WorkspaceId | null
      return namelessOf(whole, workspaceId, byPlace.get(placeName(start, workspaceId)) ?? [])
    }),
    ...(byDay.get(start) ?? []).filter((row) => !isNameless(row)),
  ])
}

/** The row without names of one day, if there is one: what is stored as such, and what has no row at all. */
function namelessOf(
  whole: UsageReportRow,
  workspaceId: WorkspaceId | null,
  own: readonly ActivityRow[],
): ActivityRow[] {
  const rest = own.reduce(without, { ...NOTHING, ...sumsOf(whole), start: whole.start, workspaceId })
  const stored = own.filter(isNameless)
  const isNothing = rest.amount === 0n && rest.byokAmount === 0n && rest.requests === 0
  if (isNothing) return stored
  return stored.length === 0 ? [rest] : stored.map((row) => withRest(row, rest))
}

function placeName(start: Instant, workspaceId: WorkspaceId | null): string {
  return `${start} ${workspaceId}`
}

const NOTHING = {
  model: '',
  modelPermaslug: '',
  endpointId: '',
  providerName: '',
  promptTokens: 0,
  completionTokens: 0,
  reasoningTokens: 0,
}

function isNameless({ model, modelPermaslug, endpointId, providerName }: ActivityRow): boolean {
  return [model, modelPermaslug, endpointId, providerName].every((name) => name === '')
}

type Spent = Pick<ActivityRow, 'amount' | 'byokAmount' | 'requests'>

function sumsOf({ amount, byokAmount, requests }: Spent): Spent {
  return { amount, byokAmount, requests }
}

function without(whole: ActivityRow, part: Spent): ActivityRow {
  return {
    ...whole,
    amount: whole.amount - part.amount,
    byokAmount: whole.byokAmount - part.byokAmount,
    requests: whole.requests - part.requests,
  }
}

function withRest(row: ActivityRow, rest: Spent): ActivityRow {
  return {
    ...row,
    amount: row.amount + rest.amount,
    byokAmount: row.byokAmount + rest.byokAmount,
    requests: row.requests + rest.requests,
  }
}

interface ToldRow extends Record<string, unknown> {
  start: bigint
  grp: string | null
  model: string
  model_permaslug: string
  endpoint_id: string
  provider_name: string
}

function readRow(row: ToldRow): ActivityRow {
  return {
    start: Number(row.start),
    workspaceId: row.grp as WorkspaceId | null,
    model: row.model,
    modelPermaslug: row.model_permaslug,
    endpointId: row.endpoint_id,
    providerName: row.provider_name,
    amount: readExactSum(row, 'amount'),
    byokAmount: readExactSum(row, 'byok_amount'),
    requests: Number(readExactSum(row, 'requests')),
    promptTokens: Number(readExactSum(row, 'prompt_tokens')),
    completionTokens: Number(readExactSum(row, 'completion_tokens')),
    reasoningTokens: Number(readExactSum(row, 'reasoning_tokens')),
  }
}
