import { type RawBuilder, sql } from 'kysely'
import { MAX } from '../../../core/ground/bounds.ts'
import type { UsageEvent } from '../../../core/ledger/entries.ts'
import { ACTIVITY_NAMES, TOKEN_COUNTS } from '../../../core/metering/activity.ts'
import type { SqlDatabase } from '../base/database.ts'
import type { Cell, CellKind, Step } from '../base/row-forms.ts'
import { rowStep, type StepRow } from '../base/row-steps.ts'
import { type ActivityAdded, activityAddedBy } from '../reports/activity-sums.ts'
import { addingTo, SUMS } from './exact-sums.ts'
import { sumCells } from './sums.ts'

const ACCOUNT = ['kind', 'start', 'account_id'] as const
const PLACE = [...ACCOUNT, ...ACTIVITY_NAMES] as const
const ADDED = [...SUMS, ...TOKEN_COUNTS] as const
type Name = (typeof PLACE)[number] | (typeof ADDED)[number]

const COLUMNS = {
  kind: 'text',
  start: 'integer',
  account_id: 'text',
  model: 'text',
  model_permaslug: 'text',
  endpoint_id: 'text',
  provider_name: 'text',
  amount: 'integer',
  byok_amount: 'integer',
  requests: 'integer',
  corrected: 'integer',
  byok_corrected: 'integer',
  prompt_tokens: 'integer',
  completion_tokens: 'integer',
  reasoning_tokens: 'integer',
} as const satisfies Record<Name, CellKind>

/** The steps that write the activity of events; none for events without its names. */
export function activitySteps(db: SqlDatabase, events: readonly UsageEvent[]): Step[] {
  const rows = activityAddedBy(events).map(cellsOf)
  return rows.length === 0 ? [] : [addActivity(db, rows)]
}

const addActivity = rowStep(COLUMNS, [
  (row) => {
    const place = [
      ...ACCOUNT.map((name) => row.cell(name)),
      ...ACTIVITY_NAMES.map((name) => sql`case when place.is_free then ${row.cell(name)} else '' end`),
    ]
    const sums = ADDED.map((name) => row.sum(name))
    return sql`
      insert into activity (${columnsOf([...PLACE, ...ADDED])})
      select ${sql.join([...place, ...sums])} ${row.joined(sql`(${placeOf(row)}) as place`)}
      where true ${row.groupBy(place)}
      on conflict (${columnsOf(PLACE)}) do update set ${addingTo('activity', ADDED, (name) => sql.ref(`excluded.${name}`))}`
  },
])

/** Whether the names have a row of their own, or may get one. The LIMIT keeps the engine from computing this once per name. */
function placeOf(row: StepRow<Name>): RawBuilder<unknown> {
  const at = (names: readonly Name[]) =>
    sql.join(
      names.map((name) => sql`kept.${sql.ref(name)} = ${row.cell(name)}`),
      sql` and `,
    )
  return sql`select exists (select 1 from activity as kept where ${at(PLACE)}) or (
    select count(*) from (
      select 1 from activity as kept where ${at(ACCOUNT)} limit ${sql.lit(MAX.activityGroups)}
    ) as counted
  ) < ${sql.lit(MAX.activityGroups)} as is_free limit 1`
}

function columnsOf(names: readonly string[]): RawBuilder<unknown> {
  return sql.join(names.map((name) => sql.ref(name)))
}

function cellsOf({ kind, start, accountId, names, tokens, ...sums }: ActivityAdded): Cell[] {
  return [kind, start, accountId, ...names, ...sumCells(sums), ...tokens]
}
