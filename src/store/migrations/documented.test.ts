import { expect, test } from 'bun:test'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { Kysely, sql } from 'kysely'
import { connectSqlite } from '../sqlite/connection.ts'
import { connectionOn } from '../sqlite/driver.ts'
import { engineHere } from '../sqlite/engine.ts'
import { SQLITE_FORMS } from './forms.ts'
import { migrate } from './migrate.ts'

test('docs/storage.md names every table and every column, and no other', async () => {
  const db = new Kysely<unknown>({
    dialect: connectionOn(engineHere(connectSqlite({ path: ':memory:', readOnly: false, journal: 'memory' })))
      .dialect,
  })
  await migrate(db, { forms: SQLITE_FORMS })
  const { rows } = await sql<{ name: string }>`
    select tables.name || '.' || columns.name as name
    from pragma_table_list as tables join pragma_table_info(tables.name) as columns
    where tables.schema = 'main' and tables.name not like 'sqlite_%' and tables.name not like 'schema_migrations%'`.execute(
    db,
  )
  await db.destroy()
  const actual = rows.map((row) => row.name).sort()
  expect(actual.length).toBeGreaterThan(80)
  expect(documentedColumns().sort()).toEqual(actual)
})

function documentedColumns(): string[] {
  const page = readFileSync(fileURLToPath(new URL('../../../docs/storage.md', import.meta.url)), 'utf8')
  const [, section = ''] = page.split('### Columns')
  let table = ''
  return [...section.matchAll(/^\| (?:`(\w+)`)? ?\| (`[^|]*) \|/gm)].flatMap(([, name, columns = '']) => {
    table = name ?? table
    return [...columns.matchAll(/`(\w+)`/g)].map(([, column]) => `${table}.${column}`)
  })
}
