import type { ExpressionBuilder, Selectable } from 'kysely'
import type { Instant } from '../../core/clock.ts'
import { Fault } from '../../core/faults.ts'
import type { Digest, Key, StoredSecret } from '../../core/types.ts'
import type { KeyRef } from '../store.ts'
import type { SqlDatabase, Trx } from './database.ts'
import { integer, readKey, readSecret } from './rows.ts'
import type { KeyTable, Tables } from './tables.ts'

/** A key's row by its id, by its hash, or by a secret that has not expired at `at`; undefined when there is none. */
export async function findKeyRow(
  db: SqlDatabase,
  { trx, ref, at, lock }: { trx: Trx; ref: KeyRef; at: Instant; lock: boolean },
): Promise<Selectable<KeyTable> | undefined> {
  const id = 'id' in ref ? ref.id : await findKeyId(trx, ref.digest, at)
  if (id === undefined) return undefined
  return trx
    .selectFrom('keys')
    .selectAll()
    .where('id', '=', id)
    .$if(lock && db.locksRows, (select) => select.forNoKeyUpdate())
    .executeTakeFirst()
}

// The first secret is never removed either, so the hash needs no index of its own.
async function findKeyId(trx: Trx, digest: Digest, at: Instant): Promise<string | undefined> {
  const found = await trx
    .selectFrom('secrets')
    .innerJoin('keys', 'keys.id', 'secrets.key_id')
    .select('keys.id')
    .where('digest', '=', digest)
    .where((where) =>
      where.or([where('secrets.expires_at', '>', integer(at)), where('keys.hash', '=', digest)]),
    )
    .executeTakeFirst()
  return found?.id
}

/** The keys of the rows, in their order, each with its current secret and the older ones that have not expired at `at`. */
export async function withSecrets(trx: Trx, rows: Selectable<KeyTable>[], at: Instant): Promise<Key[]> {
  if (rows.length === 0) return []
  const ids = rows.map((row) => row.id)
  const found = await trx
    .selectFrom('secrets')
    .selectAll()
    .where('key_id', 'in', ids)
    .where((where) => isKept(where, at))
    .orderBy('key_id')
    .orderBy('ordinal', 'desc')
    .execute()
  const secrets = Map.groupBy(found, (row) => row.key_id)
  return rows.map((row) => readKey(row, requireCurrent(row.id, (secrets.get(row.id) ?? []).map(readSecret))))
}

/** The secrets of a key as it shows them, and the one that was asked for, which may have expired. */
export interface FoundSecrets {
  keyId: string
  secret: StoredSecret
  secrets: Key['secrets']
}

/** Everything about the secrets of the key that the digest belongs to; null when no secret has it. */
export async function findSecrets(trx: Trx, digest: Digest, at: Instant): Promise<FoundSecrets | null> {
  const rows = await trx
    .selectFrom('secrets')
    .selectAll()
    .where('key_id', '=', (where) =>
      where.selectFrom('secrets as asked').select('key_id').where('digest', '=', digest),
    )
    .where((where) => where.or([isKept(where, at), where('digest', '=', digest)]))
    .orderBy('ordinal', 'desc')
    .execute()
  const asked = rows.find((row) => row.digest === digest)
  if (asked === undefined) return null
  const keyId = asked.key_id
  const shown = rows.filter((row, index) => index === 0 || row.expires_at > integer(at))
  return { keyId, secret: readSecret(asked), secrets: requireCurrent(keyId, shown.map(readSecret)) }
}

/** The secrets as a list that is never empty: every key is written with one, and none is ever removed. */
export function requireCurrent(keyId: string, secrets: StoredSecret[]): Key['secrets'] {
  const [current, ...older] = secrets
  if (current === undefined) throw new Fault('internal', { internal: `The key ${keyId} has no secret.` })
  return [current, ...older]
}

// Either it has not expired, or it is the key's current one.
function isKept(where: ExpressionBuilder<Tables, 'secrets'>, at: Instant) {
  const newest = where
    .selectFrom('secrets as other')
    .select((select) => select.fn.max('other.ordinal').as('ordinal'))
    .whereRef('other.key_id', '=', 'secrets.key_id')
  return where.or([where('secrets.expires_at', '>', integer(at)), where('secrets.ordinal', '=', newest)])
}
