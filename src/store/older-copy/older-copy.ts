import { type Kysely, sql } from 'kysely'
import { v7 } from 'uuid'
import type { Revision } from '../../core/types.ts'
import { StoreOpenError } from '../open-error.ts'
import { auditRow } from '../sql/base/rows.ts'
import type { Tables } from '../sql/base/tables.ts'

/**
 * Insists that the database holds every change that was ever answered. An older one is refused with
 * {@link StoreOpenError}, because keys that were revoked since would work again; with `accept` it is taken, which is
 * written into the audit log. Revisions then go on above the highest that was answered, so that none is given twice. `place`
 * is the database, and `file` remembers what was answered, both as an operator knows them.
 */
export async function requireNewest(
  db: Kysely<Tables>,
  {
    place,
    file,
    answered,
    accept,
    onNotice,
  }: { place: string; file: string; answered: Revision; accept: boolean; onNotice: (what: string) => void },
): Promise<Revision> {
  const revision = await revisionOf(db)
  if (revision >= answered) {
    if (accept) onNotice('--accept-older-database is not needed: the database is not older. Remove it.')
    return revision
  }
  if (!accept) {
    throw new StoreOpenError(
      `${place} is older than what was answered from here: it ends with revision ${revision}, and ${answered} was answered. ` +
        'What was changed since is missing: keys that were revoked since then work again. Put a newer copy in its place; or ' +
        `start once with --accept-older-database and revoke them anew. To begin from nothing, remove ${file}.`,
    )
  }
  return acceptOlder(db, { revision, answered })
}

/** The revision of the last change that the database holds. */
export async function revisionOf(db: Kysely<Tables>): Promise<Revision> {
  const { value } = await db
    .selectFrom('meta')
    .select('value')
    .where('name', '=', 'revision')
    .executeTakeFirstOrThrow()
  return Number(value)
}

function acceptOlder(
  db: Kysely<Tables>,
  { revision, answered }: { revision: Revision; answered: Revision },
): Promise<Revision> {
  const next = answered + 1
  const act = { at: Date.now(), userId: null, keyId: null, requestId: null, ip: null, warrant: null }
  const audit = {
    action: 'database.accept_older',
    target: { kind: 'system' as const, id: null },
    before: { revision: answered },
    after: { revision },
    reason: null,
  }
  return db.transaction().execute(async (trx) => {
    await sql`update meta set value = ${BigInt(next)} where name = 'revision'`.execute(trx)
    await trx
      .insertInto('audit')
      .values(auditRow({ id: v7(), act, audit, revision: BigInt(next) }))
      .execute()
    return next
  })
}
