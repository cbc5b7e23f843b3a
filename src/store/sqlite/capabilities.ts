import { sql } from 'kysely'
import type { SqlDatabase } from '../sql/base/database.ts'
import { ROW_BY_ROW } from '../sql/base/row-forms.ts'
import { IN_TIME } from './connection.ts'
import { sqliteFailure } from './driver.ts'

/** The capabilities of SQLite that differ from PostgreSQL's, on any connection. */
export const SQLITE_CAPABILITIES = {
  // There is one writing connection, and it takes one transaction at a time.
  locksRows: false,
  rowForm: ROW_BY_ROW,
  incarnation: sql<string>`'this one'`,
  memberOf: (column, outer, inner) => sql`${column} -> ${outer} ->> ${sql.lit(inner)}`,
  inTime: (column) => sql`${sql.raw(IN_TIME)}(${column})`,
  oneOf: (column, values) => sql`${column} in (select value from json_each(${JSON.stringify(values)}))`,
  listed: (texts, column) =>
    sql`(select value as ${sql.ref(column)} from json_each(${JSON.stringify(texts)}))`,
  contains: (column, part) => sql`instr(${column}, ${part}) > 0`,
  findsForEach: (query) => sql`exists (${query})`,
  // SQLite reads tables that are joined by CROSS JOIN in the order in which the statement names them.
  besideEach: (table, condition) => sql`cross join ${table} on ${condition}`,
  // SQLite keeps no statistics, and may choose the index of all keys where that of an owner's keys has far fewer.
  readBy: (table, index) => sql`${sql.table(table)} indexed by ${sql.ref(index)}`,
  estimates: false,
  failureOf: sqliteFailure,
} satisfies Partial<SqlDatabase>
