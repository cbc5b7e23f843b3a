import { type RawBuilder, sql } from 'kysely'
import { LIMIT_WINDOWS, type LimitWindow } from '../../core/windows.ts'
import type { AccountId, ThresholdCrossing } from '../ledger.ts'
import type { SqlDatabase } from './database.ts'
import { readCrossing } from './ledger-rows.ts'
import { type AccountAdded, daysOf } from './ledger-sums.ts'
import { rowStep, type Step, type StepRow } from './row-steps.ts'

/** Writes down which limits the sums have reached half, four fifths or all of, for the accounts and windows touched. */
export function crossingSteps(db: SqlDatabase, added: Record<AccountId['kind'], AccountAdded[]>): Step[] {
  return KINDS.map((kind) =>
    CROSS[kind](
      db,
      added[kind].flatMap((account) =>
        daysOf(account).map(({ daily, weekly, monthly }) => [
          account.id,
          daily,
          weekly,
          monthly,
          account.recordedAt,
        ]),
      ),
    ),
  )
}

/** See `LedgerStore.listCrossings`. */
export async function listCrossings(
  db: SqlDatabase,
  account: AccountId,
  limit: number,
): Promise<ThresholdCrossing[]> {
  const rows = await db.reader
    .selectFrom('crossings')
    .selectAll()
    .where('kind', '=', account.kind)
    .where('account_id', '=', account.id)
    .orderBy('at', 'desc')
    .orderBy('start', 'desc')
    .orderBy('win')
    .orderBy('percent', 'desc')
    .limit(limit)
    .execute()
  return rows.map(readCrossing)
}

const KINDS = ['key', 'user', 'workspace'] as const satisfies readonly AccountId['kind'][]
const COLUMNS = {
  id: 'text',
  daily: 'integer',
  weekly: 'integer',
  monthly: 'integer',
  at: 'integer',
} as const
type Row = StepRow<keyof typeof COLUMNS>

const CROSS = {
  key: crossStep('key'),
  user: crossStep('user'),
  workspace: crossStep('workspace'),
}

function crossStep(kind: AccountId['kind']) {
  return rowStep(COLUMNS, (row, db) => {
    const windows = LIMIT_WINDOWS.map((window) => crossingsIn({ kind, window, row, db }))
    return sql`
      insert into crossings (kind, account_id, win, start, percent, at)
      select * from (${sql.join(windows, sql` union all `)}) as crossed where true on conflict do nothing`
  })
}

/** The largest integer, which no sum passes. */
const INTEGER_MAX = sql`9223372036854775807`

/**
 * The thresholds that the sum of one window has reached. Halves and fifths are taken off the limit rather than made of
 * it, so that nothing overflows and fractions are rounded up; of a limit of 0 only the whole can be reached, by anything.
 */
function crossingsIn(place: Place) {
  const { kind, window } = place
  const reached = sql`case thresholds.column1 when 50 then in_force.amount / 2 when 80 then in_force.amount / 5 else 0 end`
  const byok = sql`case in_force.include_byok_in_limit when 1 then sums.byok_amount else 0 end`
  return sql`
    select ${sql.lit(kind)}, in_force.id, ${sql.lit(window)}, in_force.start, thresholds.column1, in_force.at
    from (${limitsInForce(place)}) as in_force
    join ${sumsOf(place)}
    cross join (values (50), (80), (100)) as thresholds
    where (sums.amount > 0 or ${byok} > 0)
      and (in_force.amount > 0 or thresholds.column1 = 100)
      and sums.amount >= in_force.amount - ${reached} - ${byok}`
}

interface Place {
  kind: AccountId['kind']
  window: LimitWindow
  row: Row
  db: SqlDatabase
}

const LIMITED = { key: 'keys', user: 'users', workspace: 'workspaces' } as const

function limitsInForce(place: Place) {
  const { kind, window, row } = place
  const limit = sql.ref(`accounts.limit_${window}`)
  const amount = kind === 'key' ? sql`${limit} + ${boostOf(place, limit)}` : limit
  const start = window === 'total' ? sql`0` : row.cell(window)
  return sql`
    select accounts.id, accounts.include_byok_in_limit, ${amount} as amount, ${start} as start, ${row.cell('at')} as at
    from ${sql.table(LIMITED[kind])} as accounts ${row.beside}
    where accounts.id = ${row.cell('id')} and ${limit} is not null`
}

function boostOf({ window, row, db }: Place, limit: RawBuilder<unknown>) {
  const boosts = sql.ref('accounts.boosts')
  const amount = sql`cast(${db.memberOf(boosts, [window, 'amount'])} as bigint)`
  const until = sql`cast(${db.memberOf(boosts, [window, 'until'])} as bigint)`
  const room = sql`${INTEGER_MAX} - ${limit}`
  const bounded = sql`case when ${amount} > ${room} then ${room} else ${amount} end`
  return sql`case when ${boosts} = '{}' then 0 when ${until} > ${row.cell('at')} then ${bounded} else 0 end`
}

// A key's total stands elsewhere than its other sums.
function sumsOf({ kind, window }: Place) {
  if (kind === 'key' && window === 'total') return sql`key_totals as sums on sums.key_id = in_force.id`
  const id = kind === 'key' ? sql`sums.key_id` : sql`sums.kind = ${sql.lit(kind)} and sums.account_id`
  const table = kind === 'key' ? sql`spend` : sql`account_spend`
  return sql`${table} as sums on ${id} = in_force.id and sums.win = ${sql.lit(window)} and sums.start = in_force.start`
}
