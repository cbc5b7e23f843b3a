import { sql } from 'kysely'
import type { NamedKind, NamesQuery, ReportedNames } from '../../../core/metering/reports.ts'
import { type SqlDatabase, snapshot } from '../base/database.ts'
import { requireManager } from '../people/sight.ts'

const NAMES = {
  key: { table: 'keys', column: 'name' },
  owner: { table: 'users', column: 'username' },
  workspace: { table: 'workspaces', column: 'name' },
} as const satisfies Record<NamedKind, { table: string; column: string }>

/** See `ReportStore.namesOf`. */
export function namesOf(db: SqlDatabase, query: NamesQuery): Promise<ReportedNames> {
  return snapshot(db, async (trx) => {
    await requireManager(trx, query)
    const found: Partial<Record<NamedKind, Map<string, string>>> = {}
    for (const [kind, some] of Object.entries(query.ids) as [NamedKind, readonly string[]][]) {
      const { table, column } = NAMES[kind]
      const { rows } = await sql<{ id: string; name: string }>`
        select id, ${sql.ref(column)} as name from ${sql.table(table)}
        where ${db.oneOf(sql`id`, some)} and ${db.inTime(sql`id`)}`.execute(trx)
      found[kind] = new Map(rows.map(({ id, name }) => [id, name]))
    }
    return found
  })
}
