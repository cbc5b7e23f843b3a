import { sql } from 'kysely'
import type { GatheredOutcomes, KeyHour, VerdictCode } from '../../../core/verify/outcome-records.ts'
import { type SqlDatabase, transactLater } from '../base/database.ts'
import { integer } from '../base/rows.ts'
import { bulkStatement } from '../base/statement.ts'

/** The column that counts the verdicts of a code on a key. */
export const CODE_COLUMNS = {
  VALID: 'valid',
  DISABLED: 'disabled',
  NOT_YET_VALID: 'not_yet_valid',
  EXPIRED: 'expired',
  FORBIDDEN: 'forbidden',
  INSUFFICIENT_PERMISSIONS: 'insufficient_permissions',
  RATE_LIMITED: 'rate_limited',
  BUDGET_EXCEEDED: 'budget_exceeded',
} as const satisfies Record<Exclude<VerdictCode, 'NOT_FOUND'>, string>

/** A code that is about a key. */
export type KeyCode = keyof typeof CODE_COLUMNS

/** All of them. */
export const KEY_CODES = Object.keys(CODE_COLUMNS) as KeyCode[]

/** See `VerificationStore.recordOutcomes`. */
export function recordOutcomes(db: SqlDatabase, gathered: GatheredOutcomes): Promise<void> {
  const { hours, totals, refusals, uses } = gathered
  return transactLater(db, async (trx) => {
    await addHours(db, trx, hours.map(hourRow).sort(byName))
    const verdicts = totals.flatMap(({ hour, counts }) =>
      Object.entries(counts).map(([code, count]) => ({
        hour: integer(hour),
        code,
        verdicts: integer(count),
      })),
    )
    await addTotals(db, trx, verdicts)
    const refused = refusals.map(({ keyId, code, bound, count, at, ip }) => ({
      key_id: keyId,
      code,
      bound,
      refusals: integer(count),
      at: integer(at),
      ip,
    }))
    await addRefusals(db, trx, refused.sort(byName))
    const used = uses.map(({ keyId, digest, count, at, ip }) => ({
      key_id: keyId,
      digest,
      uses: integer(count),
      at: integer(at),
      ip,
    }))
    await addUses(db, trx, used.sort(byName))
  })
}

// All processes write in one order, so that no two of them wait for each other in a circle.
function byName(one: { key_id: string }, other: { key_id: string }): number {
  return one.key_id < other.key_id ? -1 : 1
}

type HourRow = { key_id: string; hour: bigint; refused: bigint } & Record<
  (typeof CODE_COLUMNS)[KeyCode],
  bigint
>

function hourRow({ keyId, hour, counts }: KeyHour): HourRow {
  const columns = Object.fromEntries(
    KEY_CODES.map((code) => [CODE_COLUMNS[code], integer(counts[code] ?? 0)] as const),
  ) as Record<(typeof CODE_COLUMNS)[KeyCode], bigint>
  const all = Object.values(columns).reduce((sum, count) => sum + count, 0n)
  return { key_id: keyId, hour: integer(hour), ...columns, refused: all - columns.valid }
}

const addHours = bulkStatement((trx, rows: HourRow[]) =>
  trx
    .insertInto('key_hours')
    .values(rows)
    .onConflict((conflict) =>
      conflict.columns(['key_id', 'hour']).doUpdateSet(({ ref }) => {
        const sum = (column: keyof HourRow) =>
          sql<bigint>`${sql.ref(`key_hours.${column}`)} + ${ref(`excluded.${column}`)}`
        const columns = [...Object.values(CODE_COLUMNS), 'refused' as const]
        return Object.fromEntries(columns.map((column) => [column, sum(column)]))
      }),
    ),
)

const addTotals = bulkStatement((trx, rows: { hour: bigint; code: string; verdicts: bigint }[]) =>
  trx
    .insertInto('verify_hours')
    .values(rows)
    .onConflict((conflict) =>
      conflict.columns(['hour', 'code']).doUpdateSet(({ ref }) => ({
        verdicts: sql<bigint>`verify_hours.verdicts + ${ref('excluded.verdicts')}`,
      })),
    ),
)

/** Keeps the latest use, whichever of two processes writes first. */
function latest(table: string, column: 'at' | 'ip') {
  const isNewer = sql`excluded.at >= ${sql.ref(`${table}.at`)}`
  const [mine, theirs] = [sql.ref(`${table}.${column}`), sql.ref(`excluded.${column}`)]
  const chosen = column === 'ip' ? sql`coalesce(${theirs}, ${mine})` : theirs
  return sql`case when ${isNewer} then ${chosen} else ${mine} end`
}

interface RefusalRow {
  key_id: string
  code: string
  bound: string
  refusals: bigint
  at: bigint
  ip: string | null
}

const addRefusals = bulkStatement((trx, rows: RefusalRow[]) =>
  trx
    .insertInto('key_refusals')
    .values(rows)
    .onConflict((conflict) =>
      conflict.columns(['key_id', 'code', 'bound']).doUpdateSet(({ ref }) => ({
        refusals: sql<bigint>`key_refusals.refusals + ${ref('excluded.refusals')}`,
        at: latest('key_refusals', 'at') as never,
        ip: latest('key_refusals', 'ip') as never,
      })),
    ),
)

interface UseRow {
  key_id: string
  digest: string
  uses: bigint
  at: bigint
  ip: string | null
}

const addUses = bulkStatement((trx, rows: UseRow[]) =>
  trx
    .insertInto('secret_uses')
    .values(rows)
    .onConflict((conflict) =>
      conflict.columns(['key_id', 'digest']).doUpdateSet(({ ref }) => ({
        uses: sql<bigint>`secret_uses.uses + ${ref('excluded.uses')}`,
        at: latest('secret_uses', 'at') as never,
        ip: latest('secret_uses', 'ip') as never,
      })),
    ),
)

/** See `VerificationStore.purgeOutcomes`. */
export function purgeOutcomes(db: SqlDatabase, before: number, limit: number): Promise<number> {
  const [old, most] = [integer(before), BigInt(limit)]
  return transactLater(db, async (trx) => {
    const hours = await trx
      .deleteFrom('key_hours')
      .where(
        sql<boolean>`(key_id, hour) in (select key_id, hour from key_hours where hour < ${old} order by hour limit ${most})`,
      )
      .executeTakeFirst()
    const refusals = await trx
      .deleteFrom('key_refusals')
      .where(
        sql<boolean>`(key_id, code, bound) in (select key_id, code, bound from key_refusals where at < ${old} order by at limit ${most})`,
      )
      .executeTakeFirst()
    const totals = await trx
      .deleteFrom('verify_hours')
      .where(
        sql<boolean>`(hour, code) in (select hour, code from verify_hours where hour < ${old} order by hour limit ${most})`,
      )
      .executeTakeFirst()
    return Math.max(...[hours, refusals, totals].map(({ numDeletedRows }) => Number(numDeletedRows)))
  })
}
