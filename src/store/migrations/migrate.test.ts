import { afterEach, describe, expect, test } from 'bun:test'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { Kysely, sql } from 'kysely'
import { Pool } from 'pg'
import { postgresForTests } from '../../../test/support/postgres.ts'
import { postgresDialect } from '../postgres/driver.ts'
import { connectSqlite } from '../sqlite/connection.ts'
import { connectionOn } from '../sqlite/driver.ts'
import { engineHere } from '../sqlite/engine.ts'
import { type ColumnForms, POSTGRES_FORMS, SQLITE_FORMS } from './forms.ts'
import { isMigrated, migrate } from './migrate.ts'

const postgres = await postgresForTests()
const cleanUp: (() => Promise<unknown>)[] = []

afterEach(async () => {
  for (const step of cleanUp.splice(0).reverse()) await step()
})

interface Engine {
  name: string
  forms: ColumnForms
  open(): Promise<Kysely<unknown>>
  /** The whole schema as text, one line per column or index. */
  describe(db: Kysely<unknown>): Promise<string>
  snapshot: string
}

const SQLITE: Engine = {
  name: 'SQLite',
  forms: SQLITE_FORMS,
  async open() {
    const db = new Kysely<unknown>({
      dialect: connectionOn(
        engineHere(connectSqlite({ path: ':memory:', readOnly: false, journal: 'memory' })),
      ).dialect,
    })
    cleanUp.push(() => db.destroy())
    return db
  },
  async describe(db) {
    const { rows } = await sql<{ sql: string }>`
      select sql from sqlite_master where sql is not null and name not like 'schema_migrations%' order by name`.execute(
      db,
    )
    return `${rows.map((row) => row.sql).join('\n')}\n`
  },
  snapshot: 'sqlite.schema.txt',
}

const POSTGRES: Engine = {
  name: 'PostgreSQL',
  forms: POSTGRES_FORMS,
  async open() {
    if ('absent' in postgres) throw new Error(postgres.absent)
    const database = await postgres.freshDatabase()
    const pool = new Pool({ connectionString: database.url })
    // Dropping the database may have to end sessions that are just being closed.
    pool.on('error', () => {})
    const db = new Kysely<unknown>({ dialect: postgresDialect(pool) })
    cleanUp.push(
      () => database.drop(),
      () => db.destroy(),
    )
    return db
  },
  async describe(db) {
    const { rows } = await sql<{ line: string }>`
      select line from (
        select format('%s.%s %s %s collate %s%s', table_name, column_name, data_type,
          case is_nullable when 'YES' then 'null' else 'not null' end, coalesce(collation_name, '-'),
          coalesce(' default ' || column_default, '')) as line
        from information_schema.columns where table_schema = current_schema()
        union all
        select indexdef from pg_indexes where schemaname = current_schema()
        union all
        select format('%s %s', conrelid::regclass, pg_get_constraintdef(oid)) from pg_constraint
          where connamespace = current_schema()::regnamespace and contype in ('f', 'p', 'u')
      ) as lines where line not like '%schema_migrations%' order by line collate "C"`.execute(db)
    return `${rows.map((row) => row.line).join('\n')}\n`
  },
  snapshot: 'postgres.schema.txt',
}

const engines = 'absent' in postgres ? [SQLITE] : [SQLITE, POSTGRES]

for (const engine of engines) {
  describe(`migrations on ${engine.name}`, () => {
    test('create exactly the documented schema', async () => {
      const db = await engine.open()
      expect(await isMigrated(db).catch(() => false)).toBe(false)
      await migrate(db, targetOf(engine))
      expect(await isMigrated(db)).toBe(true)
      const file = fileURLToPath(new URL(engine.snapshot, import.meta.url))
      const actual = await engine.describe(db)
      if (process.env.LATCHKEY_TEST_UPDATE_SCHEMAS) await Bun.write(file, actual)
      expect(actual).toBe(readFileSync(file, 'utf8'))
    })

    test('run twice change nothing', async () => {
      const db = await engine.open()
      await migrate(db, targetOf(engine))
      await sql`update meta set value = 7 where name = 'revision'`.execute(db)
      const before = await engine.describe(db)
      await migrate(db, targetOf(engine))
      expect(await engine.describe(db)).toBe(before)
      const { rows } = await sql<{
        value: bigint | string
      }>`select value from meta where name = 'revision'`.execute(db)
      expect(rows.map((row) => Number(row.value))).toEqual([7])
    })

    test('an interrupted migration leaves nothing behind, and can be run again', async () => {
      const db = await engine.open()
      // This table stands in the way of the last one of the first migration.
      await sql`create table idempotency (id integer)`.execute(db)
      await expect(migrate(db, targetOf(engine))).rejects.toThrow('idempotency')
      await sql`drop table idempotency`.execute(db)
      expect((await engine.describe(db)).trim()).toBe('')
      await migrate(db, targetOf(engine))
      expect(await isMigrated(db)).toBe(true)
    })

    test('a database of a newer program is refused in one line, and not changed', async () => {
      const db = await engine.open()
      await migrate(db, targetOf(engine))
      await sql`insert into schema_migrations (name, timestamp) values ('9999-future', '2030')`.execute(db)
      const refused = migrate(db, targetOf(engine))
      await expect(refused).rejects.toThrow('was written by a newer Latchkey: it has the schema 9999-future')
      expect(await isMigrated(db)).toBe(false)
    })
  })
}

function targetOf(engine: Engine) {
  return engine === POSTGRES ? { forms: engine.forms, schema: 'public' } : { forms: engine.forms }
}
