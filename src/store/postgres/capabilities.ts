import { sql } from 'kysely'
import type { SqlDatabase } from '../sql/base/database.ts'
import { ALL_ROWS } from '../sql/base/row-forms.ts'
import { postgresFailure } from './driver.ts'

/** The capabilities of PostgreSQL that differ from SQLite's, on any connection. */
export const POSTGRES_CAPABILITIES = {
  locksRows: true,
  rowForm: ALL_ROWS,
  incarnation: sql<string>`cast(extract(epoch from pg_postmaster_start_time()) as text)`,
  // This server's disk and no standby: after a failover the incarnation is another one.
  waitsForDisk: sql`set_config('synchronous_commit', 'local', true)`,
  memberOf: (column, outer, inner) => sql`cast(${column} as jsonb) -> ${outer} ->> ${sql.lit(inner)}`,
  // The server ends long statements itself, by `statement_timeout`.
  inTime: () => sql`true`,
  oneOf: (column, values) =>
    values.length === 0
      ? sql`false`
      : sql`${column} = any(${values}::${sql.raw(typeof values[0] === 'number' ? 'bigint' : 'text')}[])`,
  listed: (texts, column) => sql`(select unnest(${texts}::text[]) as ${sql.ref(column)})`,
  contains: (column, part) => sql`strpos(${column}, ${part}) > 0`,
  // The offset keeps the planner from reading the table in another way than once per row.
  besideEach: (table, condition) =>
    sql`cross join lateral (select * from ${table} where ${condition} offset 0) as ${table}`,
  // Here the offset keeps the planner from comparing every row with every row of the subquery.
  findsForEach: (query) => sql`exists (${query} offset 0)`,
  readBy: (table) => sql.table(table),
  estimates: true,
  failureOf: postgresFailure,
} satisfies Partial<SqlDatabase>
