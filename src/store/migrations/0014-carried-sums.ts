import { type Kysely, sql } from 'kysely'
import type { ColumnForms } from './forms.ts'

const TABLES = ['key_totals', 'spend', 'account_spend', 'meta_spend', 'activity'] as const
const CARRY = 2n ** 62n

/** Sums of money have no maximum: amounts above 2^62 are carried over into a column of their own. */
export async function carriedSums(db: Kysely<unknown>, { integer }: ColumnForms): Promise<void> {
  for (const table of TABLES) {
    for (const name of ['amount', 'byok_amount']) {
      const [column, carry, limit] = [sql.ref(name), sql.ref(`${name}_carry`), sql.raw(String(CARRY))]
      await db.schema
        .alterTable(table)
        .addColumn(`${name}_carry`, integer, (added) => added.notNull().defaultTo(sql`0`))
        .execute()
      await sql`update ${sql.table(table)} set ${carry} = 1, ${column} = ${column} - ${limit} where ${column} >= ${limit}`.execute(
        db,
      )
    }
  }
}
