import { describe, expect, test } from 'bun:test'
import { Kysely } from 'kysely'
import { SQLITE_FORMS } from '../migrations/forms.ts'
import { migrate } from '../migrations/migrate.ts'
import { connectSqlite, type SqliteConnection } from './connection.ts'
import { copyOf } from './copy.ts'
import { connectionOn } from './driver.ts'
import { engineHere } from './engine.ts'

const inMemory = () => connectSqlite({ path: ':memory:', readOnly: false, journal: 'memory' })

function copied(from: SqliteConnection): SqliteConnection {
  const copy = inMemory()
  for (const statement of copyOf(from)) copy.execute(statement, [])
  return copy
}

/** The whole content: the schema, and every row of every table. */
function contentsOf(connection: SqliteConnection): unknown[] {
  const made = connection.execute(
    'select type, name, tbl_name, sql from sqlite_master order by name',
    [],
  ).rows
  const tables = made as { type: string; name: string }[]
  const rows = tables
    .filter(({ type }) => type === 'table')
    .map(({ name }) => [name, connection.execute(`select * from "${name}" order by 1`, []).rows])
  return [made, rows]
}

describe('the copy of an empty database', () => {
  test('has every table, index and row that the migrations have created', async () => {
    const connection = inMemory()
    const db = new Kysely({ dialect: connectionOn(engineHere(connection)).dialect })
    await migrate(db, { forms: SQLITE_FORMS })
    const copy = copied(connection)
    expect(contentsOf(copy)).toEqual(contentsOf(connection))
    expect(connection.execute('select count(*) as n from sqlite_master', []).rows).not.toEqual([{ n: 0n }])
    copy.close()
    await db.destroy()
  })

  test('keeps rows of every kind of value, and derived objects', () => {
    const connection = inMemory()
    for (const statement of [
      `create table "a b" (id integer primary key, text text, size real, bytes blob) strict`,
      `insert into "a b" values (1, 'it''s; -- \n "quoted" ☃', 1.5, x'00ff'), (9007199254740993, null, null, null)`,
      `create table kept (name text primary key) strict, without rowid`,
      `insert into kept values ('x')`,
      `create index some on "a b" (text) where size is not null`,
      `create trigger follows after insert on "a b" begin insert into kept values (new.text); end`,
    ])
      connection.execute(statement, [])
    const copy = copied(connection)
    expect(contentsOf(copy)).toEqual(contentsOf(connection))
    copy.close()
    connection.close()
  })
})
