import { expect, test } from 'bun:test'
import { Kysely, sql } from 'kysely'
import { idOf } from '../../../test/support/records.ts'
import { temporaryFolder } from '../../../test/support/server.ts'
import { connectSqlite } from '../sqlite/connection.ts'
import { connectionOn } from '../sqlite/driver.ts'
import { engineHere } from '../sqlite/engine.ts'
import { SQLITE_FORMS } from './forms.ts'
import { migrate } from './migrate.ts'

test('events keep all of their data, are in the order of their ids, and an id is still unique per key', async () => {
  const connection = connectSqlite({ path: `${temporaryFolder()}/k.db`, readOnly: false, journal: 'wal' })
  const db = new Kysely<unknown>({ dialect: connectionOn(engineHere(connection)).dialect })
  await migrate(db, { forms: SQLITE_FORMS, upTo: '0024-optional-email' })
  const largest = 2n ** 63n - 1n
  const rows = [
    [idOf(1), 'b', 5n, 0n, 1n, 10n, 20n, '{}', null, 0n, 0n, null, null],
    [idOf(1), 'a', largest, largest, largest, largest, largest, '{"m":"é"}', idOf(9), 1n, 2n, null, null],
    [idOf(2), 'a', -3n, -4n, 0n, 10n, 21n, '{}', idOf(9), 0n, 0n, 'b', 'why'],
  ]
  for (const row of rows) await sql`insert into usage_events ${EVENT} values (${sql.join(row)})`.execute(db)
  await migrate(db, { forms: SQLITE_FORMS, upTo: '0025-events-by-id' })
  const stored = await sql<Record<string, unknown>>`select * from usage_events order by id, key_id`.execute(
    db,
  )
  const [first, ...others] = rows
  expect(stored.rows.map((row) => Object.values(row))).toEqual([...others, first ?? []])
  const plan = await sql<{ detail: string }>`
    explain query plan select id from usage_events order by id, key_id`.execute(db)
  expect(plan.rows.map(({ detail }) => detail).join()).not.toContain('ORDER BY')
  const again = sql`insert into usage_events ${EVENT} values (${sql.join(first ?? [])})`.execute(db)
  await expect(again).rejects.toThrow('UNIQUE')
  await db.destroy()
})

const EVENT = sql.raw(
  '(key_id, id, amount, byok_amount, requests, at, recorded_at, meta, reported_by, corrected, byok_corrected, corrects, reason)',
)
