import { afterAll, expect, test } from 'bun:test'
import { sql } from 'kysely'
import { postgresForTests } from '../../../../test/support/postgres.ts'
import { openPostgres } from '../../postgres/open.ts'
import { IN_MEMORY, openSqlite } from '../../sqlite/open.ts'
import type { SqlDatabase } from './database.ts'
import { createWriteProbe } from './write-probe.ts'

const postgres = await postgresForTests()
const cleanUp: (() => unknown)[] = []
afterAll(async () => {
  for (const step of cleanUp.splice(0).reverse()) await step()
})

interface Engine {
  db: SqlDatabase
  /** Lets every write to the table of numbers fail, or not any more. */
  refuse: string[]
  allow: string[]
}

async function sqlite(): Promise<Engine> {
  const db = await openSqlite(IN_MEMORY, () => {})
  cleanUp.push(() => db.close())
  const raise = `begin select raise(abort, 'no room'); end`
  return {
    db,
    refuse: [
      `create trigger no_insert before insert on meta ${raise}`,
      `create trigger no_update before update on meta ${raise}`,
    ],
    allow: ['drop trigger no_insert', 'drop trigger no_update'],
  }
}

async function onPostgres(): Promise<Engine> {
  if ('absent' in postgres) throw new Error(postgres.absent)
  const { url, drop } = await postgres.freshDatabase()
  cleanUp.push(drop)
  const db = await openPostgres(url)
  cleanUp.push(() => db.close())
  const raise = `create function no_room() returns trigger language plpgsql as $$ begin raise disk_full; end $$`
  const refuse = 'create trigger no before insert or update on meta for each row execute function no_room()'
  return { db, refuse: [raise, refuse], allow: ['drop trigger no on meta', 'drop function no_room'] }
}

const ENGINES: [name: string, open: () => Promise<Engine>][] = [
  ['SQLite', sqlite],
  ...('absent' in postgres ? [] : [['PostgreSQL', onPostgres] as [string, typeof onPostgres]]),
]

for (const [name, open] of ENGINES) {
  test(`${name} is not ready while writes fail, is ready again when they succeed, and is not written to by each check`, async () => {
    const { db, refuse, allow } = await open()
    let now = 0
    const probe = createWriteProbe(db, () => now)
    const answers = async (count = 1) => {
      const asked = Array.from({ length: count }, () =>
        probe.requireWritable().then(
          () => true,
          () => false,
        ),
      )
      return [...new Set(await Promise.all(asked))]
    }
    const run = async (statements: string[]) => {
      for (const statement of statements) await sql.raw(statement).execute(db.writer)
    }
    const probes = async () => {
      const { rows } = await sql<{
        value: bigint
      }>`select value from meta where name = 'write_probe'`.execute(db.reader)
      return Number(rows[0]?.value ?? 0)
    }
    expect(await answers(50)).toEqual([true])
    expect(await probes()).toBe(1)
    await run(refuse)
    // A write came through a moment ago.
    now = 9_999
    expect(await answers(50)).toEqual([true])
    now = 10_000
    expect(await answers(50)).toEqual([false])
    await run(allow)
    now = 10_999
    expect(await answers(50)).toEqual([false])
    now = 11_000
    expect(await answers(50)).toEqual([true])
    expect(await probes()).toBe(2)
    // So does the first write of somebody else's that fails, and the first that comes through.
    const failing = probe.watch(async () => {
      await run(refuse)
      await run([`update meta set value = value + 1`])
    })
    await expect(failing).rejects.toThrow()
    if (name === 'PostgreSQL') expect(await answers()).toEqual([false])
    await run(allow)
    await probe.watch(async () => {})
    expect(await answers()).toEqual([true])
  })
}
