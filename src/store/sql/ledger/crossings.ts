import { type RawBuilder, sql } from 'kysely'
import type { AccountId, ThresholdCrossing } from '../../../core/ledger/entries.ts'
import type { AccountCrossings } from '../../../core/metering/reports.ts'
import { LIMIT_WINDOWS, type LimitWindow } from '../../../core/money/windows.ts'
import type { KeyId, WorkspaceId } from '../../../core/types.ts'
import { type SqlDatabase, snapshot } from '../base/database.ts'
import type { Cell } from '../base/row-forms.ts'
import { type BuildStatement, rowStep, type StepRow } from '../base/row-steps.ts'
import { requireMember, requireReached } from '../people/sight.ts'
import { boundedSum, INTEGER_MAX } from './exact-sums.ts'
import { readCrossing } from './ledger-rows.ts'

/** The columns of a row that the statement below needs. */
type Place = 'id' | 'daily' | 'weekly' | 'monthly' | 'recorded_at'

/** A statement that records the limits of which an account's sums have reached half, four fifths or all. */
export function crossings(kind: AccountId['kind']): BuildStatement<Place> {
  return (row, db) => {
    const places: CrossingPlace[] = SUMS[kind].map((sums) => ({ kind, row, db, ...sums }))
    return sql`
      insert into crossings (kind, account_id, win, start, percent, at)
      select * from (${sql.join(places.map(crossingsIn), sql` union all `)}) as crossed
      where true on conflict do nothing`
  }
}

const CROSSING_COLUMNS = {
  kind: 'text',
  account_id: 'text',
  win: 'text',
  start: 'integer',
  percent: 'integer',
  at: 'integer',
} as const

/** Writes down thresholds that are known to be reached, each once per window. */
export const noteCrossings = rowStep(CROSSING_COLUMNS, [
  ({ cells, from }) => sql`
    insert into crossings (kind, account_id, win, start, percent, at) select ${cells} ${from} where true on conflict do nothing`,
])

/** The row of a threshold that was reached. */
export function crossingRow({ account, window, start, percent, at }: ThresholdCrossing): Cell[] {
  return [account.kind, account.id, window, start, percent, at]
}

/** One order for all commits, so that two of them never wait for each other in a circle. */
export function byPlace(one: readonly Cell[], other: readonly Cell[]): number {
  return one.join('\n') < other.join('\n') ? -1 : 1
}

/** See `LedgerStore.listCrossings`. */
export async function listCrossings(
  db: SqlDatabase,
  { account, limit, readerId }: AccountCrossings,
): Promise<ThresholdCrossing[]> {
  const rows = await snapshot(db, async (trx) => {
    if (account.kind === 'key') await requireReached(trx, account.id as KeyId, readerId)
    if (account.kind === 'workspace') await requireMember(trx, account.id as WorkspaceId, readerId)
    return trx
      .selectFrom('crossings')
      .selectAll()
      .where('kind', '=', account.kind)
      .where('account_id', '=', account.id)
      .where(db.inTime(sql`crossings.at`))
      .orderBy('at', 'desc')
      .orderBy('start', 'desc')
      .orderBy('win')
      .orderBy('percent', 'desc')
      .limit(limit)
      .execute()
  })
  return rows.map(readCrossing)
}

/** The table of sums, and the condition that finds the sum for a limit in force. */
interface SumsPlace {
  table: 'spend' | 'key_totals' | 'account_spend'
  isOfLimit: RawBuilder<unknown>
}

/** The windows of each kind of account, the tables with their sums, and the conditions that find them there. */
const SUMS: Record<AccountId['kind'], ({ windows: readonly LimitWindow[] } & SumsPlace)[]> = {
  key: [
    {
      windows: ['daily', 'weekly', 'monthly'],
      table: 'spend',
      isOfLimit: sql`sums.key_id = in_force.id and sums.win = in_force.win and sums.start = in_force.start`,
    },
    { windows: ['total'], table: 'key_totals', isOfLimit: sql`sums.key_id = in_force.id` },
  ],
  user: [{ windows: LIMIT_WINDOWS, ...accountSums('user') }],
  workspace: [{ windows: LIMIT_WINDOWS, ...accountSums('workspace') }],
}

function accountSums(kind: 'user' | 'workspace'): SumsPlace {
  return {
    table: 'account_spend',
    isOfLimit: sql`sums.kind = ${sql.lit(kind)} and sums.account_id = in_force.id
      and sums.win = in_force.win and sums.start = in_force.start`,
  }
}

/**
 * Joins each limit with its sum, looked up one by one. SQLite reads tables that are joined by CROSS JOIN in this order: most accounts
 * have no limit, so nothing more is read. PostgreSQL would otherwise read all sums of an account and filter the windows; the LIMIT of one
 * row prevents that.
 */
function besideSums({ db, table, isOfLimit }: CrossingPlace): RawBuilder<unknown> {
  const sums = sql`${sql.table(table)} as sums`
  return db.locksRows
    ? sql`cross join lateral (select * from ${sums} where ${isOfLimit} limit 1) as sums`
    : sql`cross join ${sums} on ${isOfLimit}`
}

interface CrossingPlace extends SumsPlace {
  kind: AccountId['kind']
  windows: readonly LimitWindow[]
  row: StepRow<Place>
  db: SqlDatabase
}

/**
 * The thresholds that the sums have reached. The half or fifth is subtracted from the limit, so that nothing overflows and fractions are
 * rounded up. Of a limit of 0 only 100 % can be reached, by any amount. The condition for half of the limit comes first, once for all
 * three, because it is mostly false.
 */
function crossingsIn(place: CrossingPlace) {
  const room = sql`case thresholds.column1 when 50 then in_force.amount / 2 when 80 then in_force.amount / 5 else 0 end`
  const amount = boundedSum('sums', 'amount')
  const byok = sql`case in_force.include_byok_in_limit when 1 then ${boundedSum('sums', 'byok_amount')} else 0 end`
  return sql`
    select ${sql.lit(place.kind)}, in_force.id, in_force.win, in_force.start, thresholds.column1, in_force.at
    from (${limitsInForce(place)}) as in_force
    ${besideSums(place)}
    cross join (values (50), (80), (100)) as thresholds
    where (${amount} > 0 or ${byok} > 0)
      and (in_force.amount > 0 or thresholds.column1 = 100)
      and ${amount} >= in_force.amount - in_force.amount / 2 - ${byok}
      and ${amount} >= in_force.amount - ${room} - ${byok}`
}

const LIMITED = { key: 'keys', user: 'users', workspace: 'workspaces' } as const

function limitsInForce({ kind, windows, row, db }: CrossingPlace) {
  // A table of one window would be made anew for every row.
  const [only] = windows.length === 1 ? windows : []
  const win = only === undefined ? sql`windows.column1` : sql.lit(only)
  const byWindow = (ofWindow: (window: LimitWindow) => RawBuilder<unknown>) =>
    only === undefined ? chosenBy(win, windows, ofWindow) : ofWindow(only)
  const columnOf = (window: LimitWindow) => sql.ref(`accounts.limit_${window}`)
  const limit = byWindow(columnOf)
  const amount = kind === 'key' ? sql`${limit} + ${boostOf({ row, db, win, limit })}` : limit
  const start = byWindow((window) => (window === 'total' ? sql`0` : row.cell(window)))
  const names = windows.map((window) => sql`(${sql.lit(window)})`)
  const table = only === undefined ? sql`cross join (values ${sql.join(names)}) as windows` : sql``
  const limited = windows.map((window) => sql`${columnOf(window)} is not null`)
  return sql`
    select accounts.id, accounts.include_byok_in_limit, ${win} as win, ${start} as start,
      ${amount} as amount, ${row.cell('recorded_at')} as at
    from ${sql.table(LIMITED[kind])} as accounts ${row.beside} ${table}
    where accounts.id = ${row.cell('id')} and (${sql.join(limited, sql` or `)}) and ${limit} is not null`
}

function chosenBy(
  win: RawBuilder<unknown>,
  windows: readonly LimitWindow[],
  ofWindow: (window: LimitWindow) => RawBuilder<unknown>,
): RawBuilder<unknown> {
  const cases = windows.map((window) => sql`when ${sql.lit(window)} then ${ofWindow(window)}`)
  return sql`case ${win} ${sql.join(cases, sql` `)} end`
}

function boostOf({
  row,
  db,
  win,
  limit,
}: Pick<CrossingPlace, 'row' | 'db'> & { win: RawBuilder<unknown>; limit: RawBuilder<unknown> }) {
  const boosts = sql.ref('accounts.boosts')
  const member = (name: string) => sql`cast(${db.memberOf(boosts, win, name)} as bigint)`
  const left = sql`${INTEGER_MAX} - ${limit}`
  const bounded = sql`case when ${member('amount')} > ${left} then ${left} else ${member('amount')} end`
  return sql`case when ${boosts} = '{}' then 0
    when ${member('until')} > ${row.cell('recorded_at')} then ${bounded} else 0 end`
}
