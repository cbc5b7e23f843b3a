import { type RawBuilder, type SqlBool, sql } from 'kysely'
import type { NamedKind, NamesQuery, ReportedNames } from '../../../core/metering/reports.ts'
import type { UserId } from '../../../core/types.ts'
import { type SqlDatabase, snapshot } from '../base/database.ts'
import { isHomeOf, requireManager } from '../people/sight.ts'

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
      const conditions = [db.oneOf(sql`named.id`, some), ...seenIn(db, kind, query), db.inTime(sql`named.id`)]
      const { rows } = await sql<{ id: string; name: string }>`
        select named.id, named.${sql.ref(column)} as name from ${sql.table(table)} as named
        where ${sql.join(conditions, sql` and `)}`.execute(trx)
      found[kind] = new Map(rows.map(({ id, name }) => [id, name]))
    }
    return found
  })
}

/** The condition for the records that a manager or a member sees. It must lead to no index, because the records are found by their ids. */
function seenIn(db: SqlDatabase, kind: NamedKind, query: NamesQuery): RawBuilder<SqlBool>[] {
  const { memberId, managerId } = query
  if (managerId !== undefined) return [seenByManager(db, kind, query)]
  return memberId === undefined ? [] : [seenByMember(kind, memberId)]
}

function seenByManager(
  db: SqlDatabase,
  kind: NamedKind,
  { workspaceId, managerId }: NamesQuery,
): RawBuilder<SqlBool> {
  switch (kind) {
    case 'key':
      return sql`coalesce(named.workspace_id = ${workspaceId}, false)`
    case 'workspace':
      return sql`coalesce(named.id = ${workspaceId}, false)`
    case 'owner':
      return sql`(coalesce(named.id = ${managerId}, false) or ${db.findsForEach(sql`
        select 1 from workspace_members as member
        where member.workspace_id = ${workspaceId} and member.user_id = named.id`)})`
  }
}

function seenByMember(kind: NamedKind, memberId: UserId): RawBuilder<SqlBool> {
  switch (kind) {
    case 'key':
      return sql`coalesce(named.owner_id = ${memberId}, false) and ${isHomeOf(sql.ref('named.workspace_id'), memberId)}`
    case 'workspace':
      return isHomeOf(sql.ref('named.id'), memberId)
    case 'owner':
      return sql`coalesce(named.id = ${memberId}, false)`
  }
}
