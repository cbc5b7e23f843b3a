import { type RawBuilder, sql } from 'kysely'
import { MAX } from '../../../core/ground/bounds.ts'
import type { UsageEvent } from '../../../core/ledger/entries.ts'
import type { SqlDatabase } from '../base/database.ts'
import type { Step } from '../base/row-forms.ts'
import { rowStep, type StepRow } from '../base/row-steps.ts'
import { addingTo, SUMS } from './exact-sums.ts'
import { metaRows } from './meta-sums.ts'

const DAY = ['kind', 'account_id', 'day'] as const
/** The distinct values of one account and day. */
const VALUE = [...DAY, 'name', 'value'] as const
const VALUE_COLUMNS = {
  kind: 'text',
  account_id: 'text',
  day: 'integer',
  name: 'text',
  value: 'text',
} as const

const PLACE = ['kind', 'account_id', 'name', 'start', 'value'] as const
const SUM_COLUMNS = {
  ...VALUE_COLUMNS,
  start: 'integer',
  amount: 'integer',
  byok_amount: 'integer',
  requests: 'integer',
  corrected: 'integer',
  byok_corrected: 'integer',
} as const
type Name = keyof typeof SUM_COLUMNS

/**
 * The step that writes the sums by metadata; none for events without any. First the values that are new on their day get a place, while
 * the account has one left; then the values with a place are added up.
 */
export function metaSteps(db: SqlDatabase, events: readonly UsageEvent[]): Step[] {
  const rows = metaRows(events)
  return rows.length === 0 ? [] : [addValues(db, { json: `[${rows.join(',')}]` })]
}

const addValues = rowStep(SUM_COLUMNS, [keepValue, addSum])

// The highest place is looked up; counting would make a caller that sends new values without end cost a count for each. A value in two hours
// of a day has two rows, and one place.
function keepValue(row: StepRow<Name>): RawBuilder<unknown> {
  const last = sql`(select max(kept.place) from meta_values as kept where ${at(row, DAY)})`
  const order = sql.join(['name', 'value'].map((name) => row.cell(name as 'name' | 'value')))
  const among = sql`dense_rank() over (partition by ${cellsOf(row, DAY)} order by ${order})`
  const named = sql.join(VALUE.map((name) => sql`${row.cell(name)} as ${sql.ref(name)}`))
  const columns = columnsOf([...VALUE, 'place'])
  return sql`
    insert into meta_values (${columns}) select ${columns} from (
      select ${named}, coalesce(${last}, 0) + ${among} as place ${row.from} where not exists (${kept(row)})
    ) as numbered where place <= ${sql.lit(MAX.metaValues)}
    on conflict do nothing`
}

function addSum(row: StepRow<Name>): RawBuilder<unknown> {
  return sql`
    insert into meta_spend (${columnsOf([...PLACE, ...SUMS])}) select ${cellsOf(row, [...PLACE, ...SUMS])} ${row.from}
    where exists (${stored(row)}) or (${row.cell('corrected')} = 0 and ${row.cell('byok_corrected')} = 0 and exists (${kept(row)}))
    on conflict (${columnsOf(PLACE)}) do update set ${addingTo('meta_spend', SUMS, (name) => sql.ref(`excluded.${name}`))}`
}

// A correction changes only rows that exist: the event of a value without a place was not added up here.
function stored(row: Pick<StepRow<(typeof PLACE)[number]>, 'cell'>): RawBuilder<unknown> {
  const same = PLACE.map((name) => sql`summed.${sql.ref(name)} = ${row.cell(name)}`)
  return sql`select 1 from meta_spend as summed where ${sql.join(same, sql` and `)}`
}

function kept(row: Pick<StepRow<(typeof VALUE)[number]>, 'cell'>): RawBuilder<unknown> {
  return sql`select 1 from meta_values as kept where ${at(row, VALUE)}`
}

function at<Column extends Name>(
  row: Pick<StepRow<Column>, 'cell'>,
  names: readonly Column[],
): RawBuilder<unknown> {
  return sql.join(
    names.map((name) => sql`kept.${sql.ref(name)} = ${row.cell(name)}`),
    sql` and `,
  )
}

function columnsOf(names: readonly string[]): RawBuilder<unknown> {
  return sql.join(names.map((name) => sql.ref(name)))
}

function cellsOf<Column extends Name>(
  row: Pick<StepRow<Column>, 'cell'>,
  names: readonly Column[],
): RawBuilder<unknown> {
  return sql.join(names.map((name) => row.cell(name)))
}
