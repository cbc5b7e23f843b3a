import { type Expression, type RawBuilder, sql } from 'kysely'

/** How one engine writes the few things in which table definitions differ. */
export interface ColumnForms {
  /** Lets a migration take as long as it needs, whatever the role, the database or our own connections allow; null for nothing. */
  unbounded: RawBuilder<unknown> | null
  /** Text compared byte by byte. */
  text: Expression<unknown> & RawBuilder<unknown>
  /** A 64-bit integer. */
  integer: Expression<unknown> & RawBuilder<unknown>
  /** The end of the definition of a table with wide rows. */
  wide: RawBuilder<unknown>
  /** The end of the definition of a table whose rows are little more than their primary key. */
  narrow: RawBuilder<unknown>
  /** A table of the members of a JSON object of texts, with the columns `key` and `value`. */
  membersOf(column: RawBuilder<unknown>): RawBuilder<unknown>
  /** A member of a JSON object of texts, null where there is none. */
  memberOf(column: RawBuilder<unknown>, name: string): RawBuilder<unknown>
}

/** SQLite: STRICT refuses values of another type, and narrow tables are kept in their primary key's index only. */
export const SQLITE_FORMS: ColumnForms = {
  unbounded: null,
  text: sql`text`,
  integer: sql`integer`,
  wide: sql`strict`,
  narrow: sql`strict, without rowid`,
  membersOf: (column) => sql`json_each(${column})`,
  memberOf: (column, name) => sql`(${column} ->> ${sql.lit(name)})`,
}

/** PostgreSQL: the collation "C" compares bytes, as SQLite does. */
export const POSTGRES_FORMS: ColumnForms = {
  // For this transaction only.
  unbounded: sql`select set_config('statement_timeout', '0', true), set_config('lock_timeout', '0', true),
    set_config('idle_in_transaction_session_timeout', '0', true)`,
  text: sql`text collate "C"`,
  integer: sql`bigint`,
  wide: sql``,
  narrow: sql``,
  membersOf: (column) => sql`jsonb_each_text(cast(${column} as jsonb))`,
  memberOf: (column, name) => sql`(cast(${column} as jsonb) ->> ${sql.lit(name)})`,
}
