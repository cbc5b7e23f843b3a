import { type ExpressionBuilder, type Selectable, sql } from 'kysely'
import type { Instant } from '../../../core/ground/clock.ts'
import { Fault } from '../../../core/ground/faults.ts'
import type { KeyRef } from '../../../core/keys/queries.ts'
import type { Digest, Key, KeyId, StoredSecret } from '../../../core/types.ts'
import type { SqlDatabase, Trx } from '../base/database.ts'
import { integer, type KeyUseColumns, readKey, readSecret } from '../base/rows.ts'
import { statement } from '../base/statement.ts'
import type { KeyTable, Tables } from '../base/tables.ts'

/** The row of a key and of its totals, without its secrets. */
export type KeyRow = Selectable<KeyTable> & KeyUseColumns

/**
 * The id of the key with this id, or with this hash, or with a secret of this digest that has not expired at `at`; undefined when no key
 * has the digest.
 */
export async function keyIdOf(trx: Trx, ref: KeyRef, at: Instant): Promise<KeyId | undefined> {
  return 'id' in ref ? ref.id : findKeyId(trx, ref.digest, at)
}

/** The row of a key by its id. */
export const keyById = statement(['id'], (trx, { id }: { id: string }) =>
  trx
    .selectFrom('keys')
    .innerJoin('key_totals', 'key_totals.key_id', 'keys.id')
    .selectAll('keys')
    .select(['key_totals.last_used_at', 'key_totals.request_count'])
    .where('keys.id', '=', id),
)

// The first secret is never removed, so the hash needs no index of its own.
async function findKeyId(trx: Trx, digest: Digest, at: Instant): Promise<KeyId | undefined> {
  const found = await trx
    .selectFrom('secrets')
    .innerJoin('keys', 'keys.id', 'secrets.key_id')
    .select('keys.id')
    .where('digest', '=', digest)
    .where((where) =>
      where.or([where('secrets.expires_at', '>', integer(at)), where('keys.hash', '=', digest)]),
    )
    .executeTakeFirst()
  return found?.id as KeyId | undefined
}

/** The keys of the rows, in their order, each with its current secret and the older ones that have not expired at `at`. */
export async function withSecrets(
  db: SqlDatabase,
  trx: Trx,
  { rows, at }: { rows: KeyRow[]; at: Instant },
): Promise<Key[]> {
  if (rows.length === 0) return []
  const ids = rows.map((row) => row.id)
  const found = await trx
    .selectFrom('secrets')
    .selectAll()
    .where(db.oneOf(sql`key_id`, ids))
    .where((where) => isShown(where, integer(at)))
    .orderBy('key_id', 'desc')
    .orderBy('ordinal', 'desc')
    .execute()
  const secrets = Map.groupBy(found, (row) => row.key_id)
  return rows.map((row) => readKey(row, requireCurrent(row.id, (secrets.get(row.id) ?? []).map(readSecret))))
}

/**
 * The secrets that the key of this digest shows, and the one with the digest, which may have expired; the newest first.
 * Empty when no secret has it.
 */
export const secretsAround = statement(
  ['digest', 'at'],
  (trx, { digest, at }: { digest: string; at: bigint }) =>
    trx
      .selectFrom('secrets')
      .selectAll()
      .where('key_id', '=', (where) =>
        where.selectFrom('secrets as asked').select('key_id').where('digest', '=', digest),
      )
      .where((where) => where.or([isShown(where, at), where('digest', '=', digest)]))
      .orderBy('ordinal', 'desc'),
)

/** The secrets that the key of this id shows, the newest first. Empty when there is no such key. */
export const currentSecrets = statement(['id', 'at'], (trx, { id, at }: { id: string; at: bigint }) =>
  trx
    .selectFrom('secrets')
    .selectAll()
    .where('key_id', '=', id)
    .where((where) => isShown(where, at))
    .orderBy('ordinal', 'desc'),
)

// True for the key's current secret and for those that have not expired.
function isShown(where: ExpressionBuilder<Tables, 'secrets'>, at: bigint) {
  const newest = where
    .selectFrom('secrets as other')
    .select((select) => select.fn.max('other.ordinal').as('ordinal'))
    .whereRef('other.key_id', '=', 'secrets.key_id')
  return where.or([where('secrets.expires_at', '>', at), where('secrets.ordinal', '=', newest)])
}

/** The key of a row, with its current secret and the older ones that have not expired at `at`. */
export async function withItsSecrets(
  db: SqlDatabase,
  trx: Trx,
  { row, at }: { row: KeyRow; at: Instant },
): Promise<Key> {
  const secrets = await currentSecrets(db, trx, { id: row.id, at: integer(at) })
  return readKey(row, requireCurrent(row.id, secrets.map(readSecret)))
}

/** The secrets as a list that is never empty: every key is created with one, and none is ever removed. */
export function requireCurrent(keyId: string, secrets: StoredSecret[]): Key['secrets'] {
  const [current, ...older] = secrets
  if (current === undefined) throw new Fault('internal', { internal: `The key ${keyId} has no secret.` })
  return [current, ...older]
}
