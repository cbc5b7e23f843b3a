import type { Kysely } from 'kysely'
import type { Revision } from '../../core/types.ts'
import { StoreOpenError } from '../open-error.ts'
import type { Tables } from '../sql/base/tables.ts'
import { acceptIn, setMeta, standing } from './losses.ts'

/**
 * Requires that the database holds every change that was ever answered. An older one is refused with {@link StoreOpenError}, because
 * keys that were revoked since would work again. With `accept` it is used, and the audit log records that. New revisions then begin
 * above the highest answered one, so that none is used twice. `place` is the database, and `file` remembers the answered revisions,
 * both in an operator's words.
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
  const { revision, until } = await standing(db, 'to_read')
  if (revision >= answered && until === null) {
    if (accept) onNotice('--accept-older-database is not needed: the database is not older. Remove it.')
    return revision
  }
  if (!accept) throw new StoreOpenError(until === null ? tooOld(revision) : marked(until))
  const highest = await acceptOlder(db, answered)
  onNotice(taken(revision))
  return highest

  function tooOld(ends: Revision): string {
    return (
      `${place} is older than what was answered from here: it ends with revision ${ends}, and ${answered} was answered. ` +
      'What was changed since is missing: keys that were revoked since then work again. Put a newer copy in its place; or ' +
      `start once with --accept-older-database and revoke them anew. To begin from nothing, remove ${file}.`
    )
  }

  function taken(ends: Revision): string {
    return (
      `${place} is taken although it lacks changes: it ends with revision ${ends}. Keys that were revoked since then work again: revoke them anew, ` +
      'and remove --accept-older-database before the next start.'
    )
  }

  function marked(lost: Revision): string {
    return (
      `${place} has lost changes up to revision ${lost}, as processes that remember them have written down in it. Revocations that they ` +
      'remembered are in force again; others may be missing. Put a newer copy in its place; or start once with ' +
      '--accept-older-database and revoke anew what was revoked since.'
    )
  }
}

function acceptOlder(db: Kysely<Tables>, answered: Revision): Promise<Revision> {
  return db.transaction().execute(async (trx) => {
    const { revision, until } = await standing(trx, 'to_write')
    const highest = Math.max(answered, until ?? 0)
    if (revision < highest) await setMeta(trx, 'revision', highest)
    return acceptIn(trx, { until: highest, at: Date.now(), after: { revision } })
  })
}
