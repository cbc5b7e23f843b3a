import { expect, test } from 'bun:test'
import { sql } from 'kysely'
import { postgresForTests } from '../../../test/support/postgres.ts'
import { NOON } from '../../../test/support/records.ts'
import { runLongRead } from '../sql/long-reads.ts'
import { openForReading } from './open-reading.ts'

const postgres = await postgresForTests()

const LISTS: [name: string, query: Record<string, unknown>][] = [
  ['listKeys', { sort: 'createdAt', status: 'expired', at: NOON, limit: 100 }],
  ['listKeys', { sort: 'createdAt', expiresBefore: NOON, at: NOON, limit: 100 }],
  ['listUsers', { role: 'USER', externalId: 'x', limit: 100 }],
  ['listAudit', { targetKind: 'key', outcome: 'denied', to: NOON, limit: 100 }],
  ['keyRisks', { at: NOON, unusedSince: NOON, expiresBefore: NOON }],
]

test.skipIf('absent' in postgres)(
  'a session never uses a plan for any values, however often it repeats a list or a report',
  async () => {
    if ('absent' in postgres) return
    const { url, drop } = await postgres.migratedDatabase()
    const { db } = openForReading({ url, lane: 'lists', limitMs: 60_000, connections: 1 })
    try {
      for (const [name, query] of LISTS)
        for (let uses = 0; uses < 12; uses += 1) await runLongRead(db, name, [query])
      const { rows } = await sql<{ repeated: bigint; any_values: bigint }>`
        select count(*) filter (where custom_plans + generic_plans > 5) as repeated,
          sum(generic_plans) as any_values from pg_prepared_statements`.execute(db.reader)
      expect(Number(rows[0]?.any_values)).toBe(0)
      expect(Number(rows[0]?.repeated)).toBeGreaterThan(LISTS.length)
    } finally {
      await db.close()
      await drop()
    }
  },
)
