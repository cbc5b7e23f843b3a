import { type RawBuilder, sql } from 'kysely'
import { MAX } from '../../../core/ground/bounds.ts'
import type { AccountId } from '../../../core/ledger/entries.ts'
import { windowStart } from '../../../core/money/windows.ts'
import type { SqlDatabase } from '../base/database.ts'
import type { Cell, Step } from '../base/row-forms.ts'
import { rowStep, type StepRow } from '../base/row-steps.ts'
import { addingTo, SUMS } from './exact-sums.ts'
import { type AccountAdded, sumCells } from './sums.ts'

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
 * The steps that write the sums by metadata; none for events without any. First the values that are new on their day get a place, while
 * the account has one left; then the values with a place are added up.
 */
export function metaSteps(
  db: SqlDatabase,
  added: readonly (readonly [kind: AccountId['kind'], accounts: readonly AccountAdded[]])[],
): Step[] {
  const values = new Map<string, Cell[]>()
  const sums: Cell[][] = []
  for (const [kind, accounts] of added) {
    for (const { kept, ...sum } of accounts.flatMap((account) => metasOf(account))) {
      const value = [kind, ...kept]
      values.set(JSON.stringify(value), value)
      sums.push([...value, sum.start, ...sumCells(sum)])
    }
  }
  return sums.length === 0 ? [] : [keepValues(db, [...values.values()]), addSums(db, sums)]
}

// The highest place is looked up; counting would make a caller that sends new values without end cost a count for each.
const keepValues = rowStep(VALUE_COLUMNS, [
  (row) => {
    const last = sql`(select max(kept.place) from meta_values as kept where ${at(row, DAY)})`
    const among = sql`row_number() over (partition by ${cellsOf(row, DAY)})`
    const named = sql.join(VALUE.map((name) => sql`${row.cell(name)} as ${sql.ref(name)}`))
    const columns = columnsOf([...VALUE, 'place'])
    return sql`
      insert into meta_values (${columns}) select ${columns} from (
        select ${named}, coalesce(${last}, 0) + ${among} as place ${row.from} where not exists (${kept(row)})
      ) as numbered where place <= ${sql.lit(MAX.metaValues)}
      on conflict do nothing`
  },
])

const addSums = rowStep(SUM_COLUMNS, [
  (row) => sql`
    insert into meta_spend (${columnsOf([...PLACE, ...SUMS])}) select ${cellsOf(row, [...PLACE, ...SUMS])} ${row.from}
    where exists (${stored(row)}) or (${row.cell('corrected')} = 0 and ${row.cell('byok_corrected')} = 0 and exists (${kept(row)}))
    on conflict (${columnsOf(PLACE)}) do update set ${addingTo('meta_spend', SUMS, (name) => sql.ref(`excluded.${name}`))}`,
])

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

/** The sums by metadata of an account, with the key of each value (all but the kind). */
function metasOf({ id, metas }: AccountAdded) {
  return [...metas].flatMap(([name, hours]) =>
    [...hours].flatMap(([start, values]) =>
      [...values].map(([value, sum]) => ({
        ...sum,
        start,
        kept: [id, windowStart('daily', start), name, value],
      })),
    ),
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
