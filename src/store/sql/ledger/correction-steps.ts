import { sql } from 'kysely'
import type { SqlDatabase } from '../base/database.ts'
import type { Cell, CellKind, Step } from '../base/row-forms.ts'
import { rowStep } from '../base/row-steps.ts'
import { auditRow } from '../base/rows.ts'
import type { LedgerPlan } from './plan.ts'

/** The steps that write the corrected amounts into the events, and the audit entries. None without corrections. */
export function correctionSteps(
  db: SqlDatabase,
  { corrected, audit }: Pick<LedgerPlan, 'corrected' | 'audit'>,
): Step[] {
  if (corrected.length === 0) return []
  return [
    noteCorrected(db, corrected.map(correctedRow), corrected.length),
    insertAudit(db, audit.map(auditCells)),
  ]
}

// Guarded by the stored amounts, so that the second of two overlapping corrections is decided again, and never more than the event is
// taken back.
const noteCorrected = rowStep(
  {
    key_id: 'text',
    id: 'text',
    from_amount: 'integer',
    from_byok_amount: 'integer',
    amount: 'integer',
    byok_amount: 'integer',
  },
  [
    ({ cell, from }) => sql`
    update usage_events set corrected = ${cell('amount')}, byok_corrected = ${cell('byok_amount')}
    ${from} where usage_events.key_id = ${cell('key_id')} and usage_events.id = ${cell('id')}
      and usage_events.corrects is null
      and usage_events.corrected = ${cell('from_amount')} and usage_events.byok_corrected = ${cell('from_byok_amount')}
      and usage_events.amount >= ${cell('amount')} and usage_events.byok_amount >= ${cell('byok_amount')}`,
  ],
)

function correctedRow({ keyId, eventId, from, to }: LedgerPlan['corrected'][number]): Cell[] {
  const amounts = [from.amount, from.byokAmount, to.amount, to.byokAmount]
  return [keyId, eventId, ...amounts.map(String)]
}

const AUDIT_COLUMNS = {
  id: 'text',
  at: 'integer',
  action: 'text',
  outcome: 'text',
  target_kind: 'text',
  target_id: 'text',
  actor_user_id: 'text',
  actor_key_id: 'text',
  request_id: 'text',
  ip: 'text',
  before: 'text',
  after: 'text',
  reason: 'text',
  count: 'integer',
  last_at: 'integer',
} as const satisfies Record<string, CellKind>

const insertAudit = rowStep(AUDIT_COLUMNS, [
  ({ cells, from }) => sql`
    insert into audit (${sql.join(Object.keys(AUDIT_COLUMNS).map((name) => sql.ref(name)))}) select ${cells} ${from}`,
])

function auditCells({ id, act, record }: LedgerPlan['audit'][number]): Cell[] {
  const row = { ...auditRow({ id, act, audit: record, revision: null }), outcome: 'done' }
  const names = Object.keys(AUDIT_COLUMNS) as (keyof typeof AUDIT_COLUMNS)[]
  return names.map((name) => {
    const value = row[name] ?? null
    return typeof value === 'bigint' ? String(value) : value
  })
}
